/*
 * logrecords.c - see logrecords.h.
 */
#include "formats/logrecords.h"

#include "formats/bigendian.h"
#include "formats/logcodec.h"

/* Bytes of the longest number, and the bits that each holds. */
#define VARINT_SIZE_MAX 10
#define VARINT_BITS 7
#define VARINT_MORE 0x80U

/* The key of a control record: version and type, two bytes each. */
#define MARKER_KEY_SIZE 4
#define MARKER_TYPE_AT 2
#define MARKER_ABORT 0
#define MARKER_COMMIT 1

/* A zigzag number of at most 64 bits from the front of the bytes. */
static bool
take_number(struct bytes *from, int64_t *out)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < VARINT_SIZE_MAX && i < from->size; i++) {
		const unsigned int byte = (unsigned char)from->data[i];

		value |= (uint64_t)(byte & ~VARINT_MORE) << (i * VARINT_BITS);
		if ((byte & VARINT_MORE) == 0) {
			from->data += i + 1;
			from->size -= i + 1;
			*out = (int64_t)(value >> 1 ^ (0 - (value & 1)));
			return true;
		}
	}
	return false;
}

/* Bytes behind their length; -1 is none. */
static bool
take_bytes(struct bytes *from, struct bytes *out)
{
	int64_t size = 0;

	if (!take_number(from, &size) || size < -1 ||
	    (size > 0 && (uint64_t)size > from->size))
		return false;
	*out = (struct bytes){ 0 };
	if (size == -1)
		return true;
	*out = (struct bytes){ from->data, (size_t)size };
	from->data += size;
	from->size -= (size_t)size;
	return true;
}

/* Headers are pairs of bytes; nothing but them stands behind the value. */
static bool
pass_headers(struct bytes *from)
{
	struct bytes passed = { 0 };
	int64_t count = 0;

	if (!take_number(from, &count) || count < 0)
		return false;
	for (; count > 0; count--) {
		if (!take_bytes(from, &passed))
			return false;
		if (!take_bytes(from, &passed))
			return false;
	}
	return from->size == 0;
}

/* One record, of which the length has been taken away. */
static bool
take_record(
    struct logrecords *records, struct bytes from, struct log_record *out)
{
	const struct logbatch *batch = &records->batch;
	int64_t time_delta = 0;
	int64_t offset_delta = 0;

	if (from.size == 0)
		return false;
	from.data++; /* attributes: none are in use */
	from.size--;
	if (!take_number(&from, &time_delta) ||
	    !take_number(&from, &offset_delta) ||
	    !take_bytes(&from, &out->key) || !take_bytes(&from, &out->value) ||
	    !pass_headers(&from))
		return false;
	if (offset_delta < 0 ||
	    offset_delta > batch->last_offset - batch->base_offset ||
	    batch->base_offset + offset_delta < records->next_offset)
		return false;
	out->offset = batch->base_offset + offset_delta;
	out->timestamp_ms = batch->is_append_time
	    ? batch->max_ms
	    : (int64_t)((uint64_t)batch->base_ms + (uint64_t)time_delta);
	return true;
}

int
logrecords_begin(
    struct logrecords *records, const struct logbatch *batch, struct err *err)
{
	records->batch = *batch;
	records->left = 0;
	records->next_offset = batch->base_offset;
	records->rest = batch->content;
	if (batch->codec != LOGCODEC_NONE && batch->record_count > 0) {
		if (logcodec_decode(batch->codec, batch->content,
			&records->content, err) != 0)
			return -1;
		records->rest = buf_bytes(&records->content);
	}
	records->left = batch->record_count;
	return 0;
}

int
logrecords_next(struct logrecords *records, struct log_record *out, bool *more,
    struct err *err)
{
	struct bytes *rest = &records->rest;
	int64_t size = 0;
	bool is_good;

	*more = records->left > 0;
	if (!*more)
		return 0;
	is_good = take_number(rest, &size) && size > 0 &&
	    (uint64_t)size <= rest->size &&
	    take_record(
		records, (struct bytes){ rest->data, (size_t)size }, out);
	if (!is_good) {
		*more = false;
		records->left = 0;
		return err_set(err, ERR_CORRUPT,
		    "its record of offset %lld or behind cannot be decoded",
		    (long long)records->next_offset);
	}
	rest->data += size;
	rest->size -= (size_t)size;
	records->left--;
	records->next_offset = out->offset + 1;
	return 0;
}

void
logrecords_release(struct logrecords *records)
{
	buf_release(&records->content);
	*records = (struct logrecords){ 0 };
}

enum logrecords_marker
logrecords_marker(const struct logbatch *batch)
{
	struct logrecords records = { 0 };
	struct log_record record = { 0 };
	struct err unused = { 0 };
	enum logrecords_marker marker = LOGRECORDS_NO_MARKER;
	bool more = false;

	if (batch->is_control && batch->is_transactional &&
	    logrecords_begin(&records, batch, &unused) == 0 &&
	    logrecords_next(&records, &record, &more, &unused) == 0 && more &&
	    record.key.size >= MARKER_KEY_SIZE) {
		switch (bigendian_i16(record.key.data + MARKER_TYPE_AT)) {
		case MARKER_ABORT:
			marker = LOGRECORDS_ABORT;
			break;
		case MARKER_COMMIT:
			marker = LOGRECORDS_COMMIT;
			break;
		default:
			break;
		}
	}
	logrecords_release(&records);
	return marker;
}
