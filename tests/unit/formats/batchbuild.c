#define ZLIB_CONST

#include "tests/unit/formats/batchbuild.h"

#include <stdio.h>
#include <stdlib.h>

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include "common/crc32c.h"
#include "common/xalloc.h"
#include "formats/logcodec.h"

#define GZIP_WINDOW_BITS (15 + 16)
#define GZIP_MEMORY 8
#define CRC_SIZE 4

static void
add_number(struct buf *out, int64_t value, unsigned int size)
{
	while (size-- > 0)
		buf_add_char(out, (char)((uint64_t)value >> (8 * size)));
}

static void
add_varint(struct buf *out, int64_t value)
{
	uint64_t rest = (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);

	for (; rest > 0x7F; rest >>= 7)
		buf_add_char(out, (char)(0x80 | (rest & 0x7F)));
	buf_add_char(out, (char)rest);
}

static void
add_sized(struct buf *out, struct bytes bytes)
{
	add_varint(out, bytes.data == NULL ? -1 : (int64_t)bytes.size);
	buf_add_bytes(out, bytes);
}

struct logbatch
batchbuild_plain(int64_t base_offset)
{
	const struct logbatch head = {
		.base_offset = base_offset,
		.last_offset = base_offset,
		.leader_epoch = 1,
		.base_ms = 1000,
		.max_ms = 1000,
		.producer_id = -1,
	};

	return head;
}

struct log_record
batchbuild_record(int64_t offset, const char *key, const char *value)
{
	const struct log_record record = {
		.offset = offset,
		.timestamp_ms = 1000 + offset,
		.key = bytes_of(key),
		.value = bytes_of(value),
	};

	return record;
}

static void
add_record(struct buf *out, const struct logbatch *head,
    const struct log_record *record)
{
	struct buf body = { 0 };

	buf_add_char(&body, '\0');
	add_varint(&body, record->timestamp_ms - head->base_ms);
	add_varint(&body, record->offset - head->base_offset);
	add_sized(&body, record->key);
	add_sized(&body, record->value);
	add_varint(&body, 1); /* a header */
	add_sized(&body, bytes_of("h"));
	add_sized(&body, (struct bytes){ 0 });
	add_sized(out, buf_bytes(&body));
	buf_release(&body);
}

static void
compress_gzip(struct buf *out, struct bytes content)
{
	z_stream stream = { 0 };
	const size_t room = content.size + content.size / 100 + 1000;
	char *at = buf_reserve(out, room);

	if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
		GZIP_WINDOW_BITS, GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	stream.next_in = (const Bytef *)content.data;
	stream.avail_in = (uInt)content.size;
	stream.next_out = (Bytef *)at;
	stream.avail_out = (uInt)room;
	if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
		abort();
	out->size += stream.total_out;
	(void)deflateEnd(&stream);
}

void
batchbuild_compress(struct buf *out, unsigned int codec, struct bytes content)
{
	size_t room;
	size_t size = 0;

	if (codec == LOGCODEC_GZIP) {
		compress_gzip(out, content);
	} else if (codec == LOGCODEC_LZ4) {
		room = LZ4F_compressFrameBound(content.size, NULL);
		size = LZ4F_compressFrame(buf_reserve(out, room), room,
		    content.data, content.size, NULL);
		if (LZ4F_isError(size))
			abort();
		out->size += size;
	} else if (codec == LOGCODEC_ZSTD) {
		room = ZSTD_compressBound(content.size);
		size = ZSTD_compress(buf_reserve(out, room), room, content.data,
		    content.size, 1);
		if (ZSTD_isError(size))
			abort();
		out->size += size;
	} else {
		buf_add_bytes(out, content);
	}
}

void
batchbuild_bomb(struct buf *out, unsigned int codec, size_t size)
{
	char *zeros = xcalloc(size, 1);

	batchbuild_compress(out, codec, (struct bytes){ zeros, size });
	free(zeros);
}

void
batchbuild_add_content(
    struct buf *out, const struct logbatch *head, struct bytes content)
{
	struct buf body = { 0 };
	struct crc32c crc;
	unsigned int attributes = head->codec;

	attributes |= head->is_append_time ? 0x08U : 0U;
	attributes |= head->is_transactional ? 0x10U : 0U;
	attributes |= head->is_control ? 0x20U : 0U;
	add_number(&body, attributes, 2);
	add_number(&body, head->last_offset - head->base_offset, 4);
	add_number(&body, head->base_ms, 8);
	add_number(&body, head->max_ms, 8);
	add_number(&body, head->producer_id, 8);
	add_number(&body, head->producer_id < 0 ? -1 : 0, 2); /* its epoch */
	add_number(&body, -1, 4);                             /* sequence */
	add_number(&body, head->record_count, 4);
	buf_add_bytes(&body, content);

	crc32c_init(&crc);
	add_number(out, head->base_offset, 8);
	add_number(out, (int64_t)body.size + 4 + 1 + CRC_SIZE, 4);
	add_number(out, head->leader_epoch, 4);
	add_number(out, 2, 1);
	add_number(out, crc32c_of(&crc, body.data, body.size), CRC_SIZE);
	buf_add_bytes(out, buf_bytes(&body));
	buf_release(&body);
}

void
batchbuild_add(struct buf *out, const struct logbatch *head,
    const struct log_record *records, size_t count)
{
	struct logbatch made = *head;
	struct buf plain = { 0 };
	struct buf stored = { 0 };

	made.record_count = (int32_t)count;
	for (size_t i = 0; i < count; i++) {
		add_record(&plain, head, &records[i]);
		if (records[i].offset > made.last_offset)
			made.last_offset = records[i].offset;
	}
	batchbuild_compress(&stored, made.codec, buf_bytes(&plain));
	batchbuild_add_content(out, &made, buf_bytes(&stored));
	buf_release(&plain);
	buf_release(&stored);
}

static void
add_numbered(struct buf *out, const struct logbatch *head, int64_t last)
{
	const size_t count = (size_t)(last - head->base_offset + 1);
	struct log_record *records = xcalloc(count, sizeof(*records));
	char(*names)[2][24] = xcalloc(count, sizeof(*names));

	for (size_t i = 0; i < count; i++) {
		const int64_t offset = head->base_offset + (int64_t)i;

		(void)snprintf(names[i][0], sizeof(names[i][0]), "k%lld",
		    (long long)offset);
		(void)snprintf(names[i][1], sizeof(names[i][1]), "v%lld",
		    (long long)offset);
		records[i] =
		    batchbuild_record(offset, names[i][0], names[i][1]);
	}
	batchbuild_add(out, head, records, count);
	free(records);
	free(names);
}

void
batchbuild_add_range(struct buf *out, int64_t first, int64_t last)
{
	const struct logbatch head = batchbuild_plain(first);

	add_numbered(out, &head, last);
}

void
batchbuild_add_written(
    struct buf *out, int64_t producer_id, int64_t first, int64_t last)
{
	struct logbatch head = batchbuild_plain(first);

	head.is_transactional = true;
	head.producer_id = producer_id;
	add_numbered(out, &head, last);
}

void
batchbuild_add_marker(
    struct buf *out, int64_t producer_id, int64_t offset, bool is_commit)
{
	struct logbatch head = batchbuild_plain(offset);
	/* Version 0, type; version 0, coordinator epoch. */
	const char key[] = { 0, 0, 0, is_commit ? 1 : 0 };
	const char value[] = { 0, 0, 0, 0, 0, 7 };
	const struct log_record record = {
		.offset = offset,
		.timestamp_ms = 1000,
		.key = { key, sizeof(key) },
		.value = { value, sizeof(value) },
	};

	head.is_transactional = true;
	head.is_control = true;
	head.producer_id = producer_id;
	batchbuild_add(out, &head, &record, 1);
}

void
batchbuild_add_old(struct buf *out, int64_t offset, const char *value)
{
	struct buf body = { 0 };
	const struct bytes bytes = bytes_of(value);

	add_number(&body, 1, 1); /* magic */
	add_number(&body, 0, 1);
	add_number(&body, 1000, 8);
	add_number(&body, -1, 4); /* no key */
	add_number(&body, (int64_t)bytes.size, 4);
	buf_add_bytes(&body, bytes);
	add_number(out, offset, 8);
	add_number(out, (int64_t)body.size + CRC_SIZE, 4);
	add_number(out,
	    (int64_t)crc32(0, (const Bytef *)body.data, (uInt)body.size),
	    CRC_SIZE);
	buf_add_bytes(out, buf_bytes(&body));
	buf_release(&body);
}
