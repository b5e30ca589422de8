#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "formats/logbatch.h"
#include "formats/logcodec.h"
#include "formats/logrecords.h"
#include "tests/unit/formats/batchbuild.h"

#define FOUND_MAX 8

/* What a scan of a whole file came upon. */
struct scanned {
	struct logbatch batches[FOUND_MAX];
	size_t batch_count;
	struct logbatch_damage damages[FOUND_MAX];
	size_t damage_count;
};

/*
 * Scan a file with windows of what the scan asks for and at least least bytes;
 * SIZE_MAX is the whole rest of the file.
 */
static struct scanned
scan_with(struct bytes file, size_t least, uint64_t searched)
{
	struct scanned found = { 0 };
	struct logbatch_scan scan;
	enum logbatch_step step = LOGBATCH_MORE;

	logbatch_scan_init(&scan, file.size, 0);
	scan.searched = searched;
	while (step != LOGBATCH_END) {
		const size_t at = (size_t)scan.position;
		struct bytes window = { file.data + at, file.size - at };
		struct logbatch batch = { 0 };

		const size_t wanted = step == LOGBATCH_MORE ? scan.need : 0;

		if (window.size > least)
			window.size = wanted > least ? wanted : least;
		step = logbatch_scan_next(&scan, window, &batch);
		if (least == SIZE_MAX)
			assert_int_not_equal(step, LOGBATCH_MORE);
		if (step == LOGBATCH_FOUND) {
			assert_true(found.batch_count < FOUND_MAX);
			found.batches[found.batch_count++] = batch;
		}
		if (step == LOGBATCH_DAMAGE) {
			assert_true(found.damage_count < FOUND_MAX);
			found.damages[found.damage_count++] = scan.damage;
		}
		if (step == LOGBATCH_MORE)
			assert_true(scan.need <= file.size - scan.position);
	}
	assert_int_equal(scan.position, file.size);
	return found;
}

static void
assert_same(const struct scanned *left, const struct scanned *right)
{
	assert_int_equal(left->batch_count, right->batch_count);
	assert_int_equal(left->damage_count, right->damage_count);
	for (size_t i = 0; i < left->damage_count; i++) {
		assert_int_equal(
		    left->damages[i].fault, right->damages[i].fault);
		assert_int_equal(
		    left->damages[i].position, right->damages[i].position);
		assert_int_equal(left->damages[i].size, right->damages[i].size);
	}
}

/* The same with several windows, which have to agree. */
static struct scanned
scan_file(const struct buf *file)
{
	static const size_t windows[] = { 0, 100, 200 };
	const struct scanned whole = scan_with(buf_bytes(file), SIZE_MAX, 0);

	for (size_t i = 0; i < sizeof(windows) / sizeof(*windows); i++) {
		const struct scanned found =
		    scan_with(buf_bytes(file), windows[i], 0);

		assert_same(&whole, &found);
	}
	return whole;
}

static void
assert_damage(const struct logbatch_damage *damage, enum logbatch_fault fault,
    uint64_t position, uint64_t size)
{
	assert_int_equal(damage->fault, fault);
	assert_int_equal(damage->position, position);
	assert_int_equal(damage->size, size);
}

static void
assert_text(struct bytes bytes, const char *text)
{
	assert_true(bytes_equal_text(bytes, text));
}

static void
records_come_back_from_each_codec(void **state)
{
	static const unsigned int codecs[] = { LOGCODEC_NONE, LOGCODEC_GZIP,
		LOGCODEC_LZ4, LOGCODEC_ZSTD };
	const struct log_record records[] = {
		batchbuild_record(40, "key", "value"),
		batchbuild_record(42, NULL, ""),
		batchbuild_record(43, "gone", NULL),
	};
	struct logrecords reader = { 0 };
	struct err err = { 0 };
	struct log_record record = { 0 };
	bool more = false;

	(void)state;
	for (size_t i = 0; i < sizeof(codecs) / sizeof(*codecs); i++) {
		struct logbatch head = batchbuild_plain(40);
		struct buf file = { 0 };
		struct scanned found;

		head.codec = codecs[i];
		head.last_offset = 45; /* the last two were compacted away */
		head.leader_epoch = 9;
		batchbuild_add(&file, &head, records, 3);
		found = scan_file(&file);
		assert_int_equal(found.batch_count, 1);
		assert_int_equal(found.damage_count, 0);
		assert_int_equal(found.batches[0].last_offset, 45);
		assert_int_equal(found.batches[0].leader_epoch, 9);
		assert_int_equal(found.batches[0].size, file.size);

		assert_int_equal(
		    logrecords_begin(&reader, &found.batches[0], &err), 0);
		for (size_t j = 0; j < 3; j++) {
			assert_int_equal(
			    logrecords_next(&reader, &record, &more, &err), 0);
			assert_true(more);
			assert_int_equal(record.offset, records[j].offset);
			assert_int_equal(
			    record.timestamp_ms, records[j].timestamp_ms);
			assert_true(bytes_equal(record.key, records[j].key));
			assert_true(
			    bytes_equal(record.value, records[j].value));
			assert_int_equal(record.value.data == NULL, j == 2);
			assert_int_equal(record.key.data == NULL, j == 1);
		}
		assert_int_equal(
		    logrecords_next(&reader, &record, &more, &err), 0);
		assert_false(more);
		buf_release(&file);
	}
	logrecords_release(&reader);
}

static void
times_are_the_brokers_where_it_sets_them(void **state)
{
	const struct log_record made = batchbuild_record(3, "k", "v");
	struct logbatch head = batchbuild_plain(3);
	struct logrecords reader = { 0 };
	struct log_record record = { 0 };
	struct err err = { 0 };
	struct buf file = { 0 };
	bool more = false;

	(void)state;
	head.is_append_time = true;
	head.max_ms = 77777;
	batchbuild_add(&file, &head, &made, 1);
	assert_int_equal(
	    logrecords_begin(&reader, &scan_file(&file).batches[0], &err), 0);
	assert_int_equal(logrecords_next(&reader, &record, &more, &err), 0);
	assert_int_equal(record.timestamp_ms, 77777);
	logrecords_release(&reader);
	buf_release(&file);
}

static void
codecs_that_cannot_be_read_are_named(void **state)
{
	struct logbatch head = batchbuild_plain(0);
	struct logrecords reader = { 0 };
	struct err err = { 0 };
	struct buf file = { 0 };

	(void)state;
	head.record_count = 1;
	head.codec = LOGCODEC_SNAPPY;
	batchbuild_add_content(&file, &head, bytes_of("whatever"));
	assert_int_equal(
	    logrecords_begin(&reader, &scan_file(&file).batches[0], &err), -1);
	assert_int_equal(err.kind, ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "snappy"));
	head.codec = 6;
	buf_clear(&file);
	batchbuild_add_content(&file, &head, bytes_of("whatever"));
	assert_int_equal(
	    logrecords_begin(&reader, &scan_file(&file).batches[0], &err), -1);
	assert_int_equal(err.kind, ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "codec 6"));
	logrecords_release(&reader);
	buf_release(&file);
}

static void
bombs_are_stopped_at_the_limit(void **state)
{
	static const unsigned int codecs[] = { LOGCODEC_GZIP, LOGCODEC_LZ4,
		LOGCODEC_ZSTD };
	struct buf bomb = { 0 };
	struct buf out = { 0 };
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(codecs) / sizeof(*codecs); i++) {
		buf_clear(&bomb);
		batchbuild_bomb(&bomb, codecs[i], (size_t)96 << 20);
		assert_true(bomb.size < ((size_t)1 << 20));
		assert_int_equal(
		    logcodec_decode(codecs[i], buf_bytes(&bomb), &out, &err),
		    -1);
		assert_int_equal(err.kind, ERR_CORRUPT);
		assert_non_null(strstr(err.message, "larger than"));
		assert_non_null(strstr(err.message, logcodec_name(codecs[i])));
		assert_true(out.size < ((size_t)90 << 20));
		/* What is within the limits is no bomb. */
		buf_clear(&bomb);
		batchbuild_bomb(&bomb, codecs[i], LOGCODEC_FLOOR);
		assert_int_equal(
		    logcodec_decode(codecs[i], buf_bytes(&bomb), &out, &err),
		    0);
		assert_int_equal(out.size, LOGCODEC_FLOOR);
	}
	buf_release(&bomb);
	buf_release(&out);
}

static void
compressed_content_that_is_cut_is_corrupt(void **state)
{
	static const unsigned int codecs[] = { LOGCODEC_GZIP, LOGCODEC_LZ4,
		LOGCODEC_ZSTD };
	struct buf whole = { 0 };
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(codecs) / sizeof(*codecs); i++) {
		buf_clear(&whole);
		batchbuild_compress(
		    &whole, codecs[i], bytes_of("some text that is text"));
		for (size_t size = 0; size < whole.size; size++) {
			struct err err = { 0 };

			assert_int_equal(
			    logcodec_decode(codecs[i],
				(struct bytes){ whole.data, size }, &out, &err),
			    -1);
			assert_int_equal(err.kind, ERR_CORRUPT);
		}
	}
	buf_release(&whole);
	buf_release(&out);
}

static void
markers_tell_how_a_transaction_ended(void **state)
{
	struct buf file = { 0 };
	struct scanned found;

	(void)state;
	batchbuild_add_written(&file, 5, 0, 1);
	batchbuild_add_marker(&file, 5, 2, true);
	batchbuild_add_marker(&file, 6, 3, false);
	batchbuild_add_range(&file, 4, 4);
	found = scan_file(&file);
	assert_int_equal(found.batch_count, 4);
	assert_int_equal(found.damage_count, 0);
	assert_true(found.batches[0].is_transactional);
	assert_false(found.batches[0].is_control);
	assert_int_equal(found.batches[0].producer_id, 5);
	assert_int_equal(
	    logrecords_marker(&found.batches[0]), LOGRECORDS_NO_MARKER);
	assert_true(found.batches[1].is_control);
	assert_int_equal(
	    logrecords_marker(&found.batches[1]), LOGRECORDS_COMMIT);
	assert_int_equal(
	    logrecords_marker(&found.batches[2]), LOGRECORDS_ABORT);
	assert_int_equal(found.batches[2].producer_id, 6);
	assert_false(found.batches[3].is_transactional);
	assert_int_equal(found.batches[3].producer_id, -1);
	buf_release(&file);
}

static bool
is_all_zero(const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] != 0)
			return false;
	return true;
}

static void
a_file_cut_anywhere_gives_what_is_before(void **state)
{
	size_t ends[] = { 0, 0, 0, 0 };
	struct buf file = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		batchbuild_add_range(&file, 300 + 10 * i, 302 + 10 * i);
		ends[i + 1] = file.size;
	}
	for (size_t size = 0; size <= file.size; size++) {
		const struct buf cut = { file.data, size, 0 };
		const struct scanned found = scan_file(&cut);
		size_t whole = 0;

		while (whole < 3 && ends[whole + 1] <= size)
			whole++;
		assert_int_equal(found.batch_count, whole);
		if (is_all_zero(file.data + ends[whole], size - ends[whole])) {
			assert_int_equal(found.damage_count, 0);
			continue;
		}
		assert_int_equal(found.damage_count, 1);
		assert_damage(&found.damages[0], LOGBATCH_CUT_SHORT,
		    ends[whole], size - ends[whole]);
	}
	buf_release(&file);
}

/* Flip bits of one byte of a batch: exactly that batch must be missing. */
static void
check_flip(struct buf *file, const size_t ends[4], size_t at, char bits)
{
	const bool is_last = at >= ends[2];
	size_t hurt = 0;
	size_t place;
	struct scanned found;

	while (ends[hurt + 1] <= at)
		hurt++;
	place = at - ends[hurt];
	file->data[at] = (char)(file->data[at] ^ bits);
	found = scan_file(file);
	file->data[at] = (char)(file->data[at] ^ bits);
	/* Nothing vouches for the leader epoch and the last offset. */
	if (place >= BATCHBUILD_EPOCH_AT && place < BATCHBUILD_MAGIC_AT) {
		assert_int_equal(found.batch_count, 3);
		return;
	}
	if (is_last && place < 8 && found.damage_count == 0) {
		assert_int_equal(found.batch_count, 3);
		return;
	}
	assert_int_equal(found.damage_count, 1);
	assert_int_equal(found.damages[0].position, ends[hurt]);
	assert_int_equal(found.damages[0].size, ends[hurt + 1] - ends[hurt]);
	assert_int_equal(found.batch_count, 2);
	assert_int_equal(found.batches[0].position, hurt == 0 ? ends[1] : 0);
	assert_int_equal(
	    found.batches[1].position, hurt == 2 ? ends[1] : ends[2]);
}

static void
any_changed_byte_costs_one_batch(void **state)
{
	size_t ends[4] = { 0 };
	struct buf file = { 0 };

	(void)state;
	batchbuild_add_range(&file, 0, 2);
	ends[1] = file.size;
	batchbuild_add_written(&file, 77, 3, 3);
	ends[2] = file.size;
	batchbuild_add_range(&file, 4, 5);
	ends[3] = file.size;
	for (size_t at = 0; at < file.size; at++) {
		for (unsigned int bit = 0; bit < 8; bit++)
			check_flip(&file, ends, at, (char)(1U << bit));
		check_flip(&file, ends, at, (char)0xFF);
	}
	buf_release(&file);
}

static void
zeros_up_to_the_end_are_the_end(void **state)
{
	static const char zeros[5000] = { 0 };
	struct buf file = { 0 };
	size_t end;
	struct scanned found;

	(void)state;
	buf_add(&file, zeros, 70);
	found = scan_file(&file);
	assert_int_equal(found.damage_count + found.batch_count, 0);
	buf_clear(&file);
	batchbuild_add_range(&file, 8, 9);
	end = file.size;
	for (size_t size = 1; size < sizeof(zeros); size = size * 3 + 1) {
		file.size = end;
		buf_add(&file, zeros, size);
		found = scan_file(&file);
		assert_int_equal(found.batch_count, 1);
		assert_int_equal(found.damage_count, 0);
	}
	/* With something behind them they are a hole. */
	end = file.size;
	batchbuild_add_range(&file, 12, 12);
	found = scan_file(&file);
	assert_int_equal(found.batch_count, 2);
	assert_int_equal(found.damage_count, 1);
	assert_int_equal(found.damages[0].fault, LOGBATCH_BAD_LENGTH);
	assert_int_equal(found.batches[1].position, end);
	buf_release(&file);
}

static void
a_batch_whose_checksum_is_wrong_before_zeros(void **state)
{
	static const char zeros[100] = { 0 };
	struct buf file = { 0 };
	struct scanned found;
	size_t end;

	(void)state;
	batchbuild_add_range(&file, 8, 9);
	end = file.size;
	file.data[end - 1] ^= 1;
	buf_add(&file, zeros, sizeof(zeros));
	found = scan_file(&file);
	assert_int_equal(found.batch_count, 0);
	assert_int_equal(found.damage_count, 1);
	assert_damage(&found.damages[0], LOGBATCH_BAD_CHECKSUM, 0, end);
	buf_release(&file);
}

static void
a_batch_is_found_again_behind_rubbish(void **state)
{
	struct buf file = { 0 };
	uint32_t noise = 1;
	size_t start;
	size_t end;
	struct scanned found;

	(void)state;
	batchbuild_add_range(&file, 0, 0);
	start = file.size;
	for (size_t i = 0; i < 300000; i++) {
		noise = noise * 1664525U + 1013904223U;
		/* Twos are what the search looks at. */
		buf_add_char(
		    &file, (char)(noise >> 31 != 0 ? 2U : noise >> 16));
	}
	end = file.size;
	batchbuild_add_range(&file, 1, 1);
	found = scan_file(&file);
	assert_int_equal(found.batch_count, 2);
	assert_int_equal(found.damage_count, 1);
	assert_int_equal(found.damages[0].position, start);
	assert_int_equal(found.damages[0].size, end - start);
	buf_release(&file);
}

static void
a_search_does_not_go_on_for_ever(void **state)
{
	struct buf file = { 0 };
	struct scanned found;
	size_t start;

	(void)state;
	buf_add_text(&file, "rubbish");
	start = file.size;
	batchbuild_add_range(&file, 0, 0);
	file.data[file.size - 1] ^= 1; /* it looks like one and is none */
	batchbuild_add_range(&file, 1, 1);
	found = scan_with(buf_bytes(&file), SIZE_MAX, 0);
	assert_int_equal(found.batch_count, 1);
	found =
	    scan_with(buf_bytes(&file), SIZE_MAX, LOGBATCH_SEARCH_MAX - start);
	assert_int_equal(found.batch_count, 0);
	assert_int_equal(found.damage_count, 1);
	assert_damage(&found.damages[0], LOGBATCH_GIVEN_UP, 0, file.size);
	buf_release(&file);
}

static void
message_sets_of_old_are_named_and_passed_over(void **state)
{
	char text[LOGBATCH_FAULT_MAX];
	struct buf file = { 0 };
	struct scanned found;
	size_t first;
	size_t second;

	(void)state;
	batchbuild_add_old(&file, 0, "");
	first = file.size;
	batchbuild_add_old(&file, 1,
	    "a longer one, longer than a header is, "
	    "which has sixty-one bytes");
	second = file.size;
	batchbuild_add_range(&file, 2, 2);
	batchbuild_add_old(&file, 3, ""); /* the end of the file */
	found = scan_file(&file);
	assert_int_equal(found.batch_count, 1);
	assert_int_equal(found.batches[0].position, second);
	assert_int_equal(found.damage_count, 3);
	assert_damage(&found.damages[0], LOGBATCH_OLD_MAGIC, 0, first);
	assert_damage(
	    &found.damages[1], LOGBATCH_OLD_MAGIC, first, second - first);
	assert_int_equal(found.damages[0].number, 1);
	assert_non_null(
	    strstr(logbatch_fault_text(&found.damages[0], text), "magic 1"));
	buf_release(&file);
}

static void
each_fault_has_its_text(void **state)
{
	static const char *const words[] = { "cut short", "length of 7",
		"checksum", "header", "offset, 7,", "magic 7", "magic 7",
		"looks like" };
	char text[LOGBATCH_FAULT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const struct logbatch_damage damage = {
			.fault = (enum logbatch_fault)i,
			.number = 7,
		};

		assert_non_null(
		    strstr(logbatch_fault_text(&damage, text), words[i]));
	}
}

static void
a_checksum_does_not_make_sense_of_nonsense(void **state)
{
	struct logbatch head = batchbuild_plain(0);
	struct buf file = { 0 };
	struct scanned found;

	(void)state;
	head.record_count = 1000; /* more than there is room for */
	batchbuild_add_content(&file, &head, bytes_of("abc"));
	head.record_count = 1;
	head.base_offset = 5; /* an offset that falls */
	head.last_offset = 4;
	batchbuild_add_content(&file, &head, bytes_of("abcdefgh"));
	batchbuild_add_range(&file, 6, 6);
	batchbuild_add_range(&file, 6, 6);
	found = scan_file(&file);
	assert_int_equal(found.batch_count, 1);
	assert_int_equal(found.damage_count, 3);
	assert_int_equal(found.damages[0].fault, LOGBATCH_BAD_HEADER);
	assert_int_equal(found.damages[1].fault, LOGBATCH_BAD_HEADER);
	assert_int_equal(found.damages[2].fault, LOGBATCH_BAD_OFFSET);
	buf_release(&file);
}

static void
an_offset_that_falls_does_not_accuse_the_batch_before(void **state)
{
	struct buf file = { 0 };
	struct scanned found;

	(void)state;
	batchbuild_add_range(&file, 0, 4);
	batchbuild_add_range(&file, 10, 10); /* 5 to 9 were compacted away */
	batchbuild_add_range(&file, 2, 2);
	batchbuild_add_range(&file, 12, 12);
	found = scan_file(&file);
	assert_int_equal(found.batch_count, 3);
	assert_int_equal(found.batches[1].base_offset, 10);
	assert_int_equal(found.damage_count, 1);
	assert_int_equal(found.damages[0].fault, LOGBATCH_BAD_OFFSET);
	assert_int_equal(found.damages[0].number, 2);
	buf_release(&file);
}

/* Records that lie about themselves under a right checksum. */
static void
records_that_cannot_be_are_corrupt(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} contents[] = {
		{ "", 0 },
		{ "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11 },
		{ "\x0d\0\0\0\1\1\0", 7 },   /* a negative length */
		{ "\x7e\0\0\0\1\1\0", 7 },   /* longer than there is */
		{ "\x0c\0\0\1\1\1\0", 7 },   /* offset below the base */
		{ "\x0c\0\0\2\1\1\0", 7 },   /* offset above the last */
		{ "\x0c\0\0\0\3\1\0", 7 },   /* a key of length -2 */
		{ "\x0c\0\0\0\x22\1\0", 7 }, /* a key that is too long */
		{ "\x0c\0\0\0\1\x22\0", 7 }, /* a value that is */
		{ "\x0c\0\0\0\1\1\2", 7 },   /* a header that is not there */
		{ "\x0e\0\0\0\1\1\0\0", 8 }, /* something behind */
		{ "\x02\0\0\0\0\0\0", 7 },   /* nothing in it */
	};
	struct logrecords reader = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(contents) / sizeof(*contents); i++) {
		struct logbatch head = batchbuild_plain(9);
		struct log_record record = { 0 };
		struct err err = { 0 };
		bool more = false;

		head.record_count = 1;
		head.content =
		    (struct bytes){ contents[i].bytes, contents[i].size };
		assert_int_equal(logrecords_begin(&reader, &head, &err), 0);
		assert_int_equal(
		    logrecords_next(&reader, &record, &more, &err), -1);
		assert_int_equal(err.kind, ERR_CORRUPT);
		assert_false(more);
		assert_int_equal(
		    logrecords_next(&reader, &record, &more, &err), 0);
		assert_false(more);
	}
	logrecords_release(&reader);
}

static void
offsets_rise_within_a_batch(void **state)
{
	struct log_record records[] = {
		batchbuild_record(4, "a", "b"),
		batchbuild_record(4, "a", "b"),
	};
	struct logbatch head = batchbuild_plain(3);
	struct logrecords reader = { 0 };
	struct log_record record = { 0 };
	struct err err = { 0 };
	struct buf file = { 0 };
	bool more = false;

	(void)state;
	batchbuild_add(&file, &head, records, 2);
	assert_int_equal(
	    logrecords_begin(&reader, &scan_file(&file).batches[0], &err), 0);
	assert_int_equal(logrecords_next(&reader, &record, &more, &err), 0);
	assert_text(record.key, "a");
	assert_int_equal(logrecords_next(&reader, &record, &more, &err), -1);
	assert_non_null(strstr(err.message, "offset 5"));
	logrecords_release(&reader);
	buf_release(&file);
}

static void
the_last_of_all_offsets_does_no_harm(void **state)
{
	struct logbatch head = batchbuild_plain(INT64_MAX);
	struct logbatch_scan scan;
	struct logbatch batch = { 0 };
	struct buf file = { 0 };

	(void)state;
	batchbuild_add_content(&file, &head, bytes_of(""));
	logbatch_scan_init(&scan, file.size, INT64_MAX);
	assert_int_equal(logbatch_scan_next(&scan, buf_bytes(&file), &batch),
	    LOGBATCH_DAMAGE);
	assert_int_equal(scan.damage.fault, LOGBATCH_BAD_OFFSET);
	buf_release(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_back_from_each_codec),
		cmocka_unit_test(times_are_the_brokers_where_it_sets_them),
		cmocka_unit_test(codecs_that_cannot_be_read_are_named),
		cmocka_unit_test(bombs_are_stopped_at_the_limit),
		cmocka_unit_test(compressed_content_that_is_cut_is_corrupt),
		cmocka_unit_test(markers_tell_how_a_transaction_ended),
		cmocka_unit_test(a_file_cut_anywhere_gives_what_is_before),
		cmocka_unit_test(any_changed_byte_costs_one_batch),
		cmocka_unit_test(zeros_up_to_the_end_are_the_end),
		cmocka_unit_test(a_batch_whose_checksum_is_wrong_before_zeros),
		cmocka_unit_test(a_batch_is_found_again_behind_rubbish),
		cmocka_unit_test(a_search_does_not_go_on_for_ever),
		cmocka_unit_test(message_sets_of_old_are_named_and_passed_over),
		cmocka_unit_test(each_fault_has_its_text),
		cmocka_unit_test(a_checksum_does_not_make_sense_of_nonsense),
		cmocka_unit_test(
		    an_offset_that_falls_does_not_accuse_the_batch_before),
		cmocka_unit_test(records_that_cannot_be_are_corrupt),
		cmocka_unit_test(offsets_rise_within_a_batch),
		cmocka_unit_test(the_last_of_all_offsets_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
