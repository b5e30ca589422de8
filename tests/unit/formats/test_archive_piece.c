/*
 * test_archive_piece.c - some groups out of an archive: the same as from all of
 * it, by few and small reads, and never something else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/xalloc.h"
#include "formats/archive.h"
#include "formats/archive_piece.h"
#include "tests/unit/formats/modeldump.h"
#include "tests/unit/formats/modelgen.h"

/* Some gigabytes are no part of an archive. */
#define FAR_AWAY (UINT64_C(1) << 31)

/* So many bytes of the end are changed one by one. */
#define DENSE 1000

struct remote {
	struct bytes archive;
	size_t reads; /* the one of the end included */
	size_t bytes;
};

static int
read_remote(
    void *context, uint64_t from, size_t size, struct buf *out, struct err *err)
{
	struct remote *remote = context;

	remote->reads++;
	remote->bytes += size;
	if (from > remote->archive.size || size > remote->archive.size - from)
		return err_set(err, ERR_CORRUPT, "ends before that");
	buf_add(out, remote->archive.data + from, size);
	return 0;
}

static int
read_piece(struct remote *remote, size_t end_size, const struct bytes *names,
    size_t count, struct snapshot *out, struct err *err)
{
	const struct bytes archive = remote->archive;
	struct archive_source source = { archive.size, archive, read_remote,
		remote };

	if (archive.size > end_size) {
		source.end.data = archive.data + archive.size - end_size;
		source.end.size = end_size;
	}
	const struct archive_wanted wanted = { .groups = names,
		.group_count = count,
		.with_gone = true,
		.with_times = true };

	remote->reads = 1;
	remote->bytes = source.end.size;
	return archive_decode_groups(&source, &wanted, out, err);
}

/* What a piece of the whole must be: these groups and the topics they are on.
 * Everything is borrowed but the two lists. */
static void
cut(const struct snapshot *whole, const struct bytes *names, size_t count,
    struct snapshot *out)
{
	*out = *whole;
	out->groups = xcalloc(whole->group_count, sizeof(*out->groups));
	out->topics = xcalloc(whole->topic_count, sizeof(*out->topics));
	out->times = xcalloc(whole->times_count, sizeof(*out->times));
	out->group_count = 0;
	out->topic_count = 0;
	out->times_count = 0;
	for (size_t i = 0; i < whole->group_count; i++) {
		for (size_t j = 0; j < count; j++) {
			if (bytes_equal(whole->groups[i].name, names[j])) {
				out->groups[out->group_count++] =
				    whole->groups[i];
				break;
			}
		}
	}
	for (size_t i = 0; i < whole->topic_count; i++) {
		for (size_t j = 0; j < out->group_count; j++) {
			if (group_find_topic(&out->groups[j],
				whole->topics[i].name) != NULL) {
				out->topics[out->topic_count++] =
				    whole->topics[i];
				break;
			}
		}
	}
	for (size_t i = 0; i < whole->times_count; i++) {
		if (model_find_topic(out, whole->times[i].topic) != NULL)
			out->times[out->times_count++] = whole->times[i];
	}
}

static void
expect_piece(const struct snapshot *whole, struct bytes archive,
    size_t end_size, const struct bytes *names, size_t count)
{
	struct remote remote = { archive, 0, 0 };
	struct snapshot expected;
	struct snapshot piece;
	struct err err = { 0 };

	if (read_piece(&remote, end_size, names, count, &piece, &err) != 0)
		fail_msg("%s", err.message);
	assert_true(piece.is_piece);
	cut(whole, names, count, &expected);
	assert_true(modeldump_equal(&expected, &piece));
	free(expected.groups);
	free(expected.topics);
	free(expected.times);
	snapshot_release(&piece);
}

static void
a_piece_is_the_same_as_in_the_whole(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 24; seed++) {
		struct snapshot whole;
		struct buf archive = { 0 };
		struct err err = { 0 };
		struct bytes all[64];
		size_t count = 0;

		if (seed == 0)
			modelgen_everything(&whole);
		else
			modelgen_random(&whole, seed);
		assert_int_equal(archive_encode(&whole, &archive, &err), 0);
		for (size_t i = seed % 3; i < whole.group_count; i += 3) {
			const struct bytes name = whole.groups[i].name;

			expect_piece(&whole, buf_bytes(&archive),
			    i % 2 == 0 ? 100 : FAR_AWAY, &name, 1);
			if (count < 60)
				all[count++] = name;
		}
		/* In no order, one twice, one that is not there. */
		if (count > 2 && count < 62) {
			all[count++] = bytes_of("no such group");
			all[count++] = all[1];
			expect_piece(
			    &whole, buf_bytes(&archive), 3000, all, count);
		}
		expect_piece(&whole, buf_bytes(&archive), 3000, NULL, 0);
		snapshot_release(&whole);
		buf_release(&archive);
	}
}

static void
topics_are_read_besides_those_of_the_groups(void **state)
{
	struct snapshot whole;
	struct buf archive = { 0 };
	struct err err = { 0 };

	(void)state;
	modelgen_everything(&whole);
	assert_int_equal(archive_encode(&whole, &archive, &err), 0);
	assert_true(whole.topic_count > 1);
	for (size_t i = 0; i < whole.topic_count; i++) {
		const struct bytes topics[] = { whole.topics[i].name,
			bytes_of("no-such-topic") };
		const struct archive_wanted wanted = { .topics = topics,
			.topic_count = 2,
			.with_times = i % 2 == 0 };
		const struct topic_times *times =
		    model_find_times(&whole, topics[0]);
		struct remote remote = { buf_bytes(&archive), 0, 0 };
		const struct archive_source source = { archive.size,
			{ archive.data, archive.size }, read_remote, &remote };
		struct snapshot expected = whole;
		struct snapshot piece;

		assert_int_equal(
		    archive_decode_groups(&source, &wanted, &piece, &err), 0);
		expected.group_count = 0;
		expected.gone_count = 0;
		expected.topics = &whole.topics[i];
		expected.topic_count = 1;
		expected.times_count = wanted.with_times && times != NULL;
		if (expected.times_count > 0)
			expected.times = whole.times + (times - whole.times);
		assert_true(modeldump_equal(&expected, &piece));
		snapshot_release(&piece);
	}
	snapshot_release(&whole);
	buf_release(&archive);
}

static void
groups_over_several_members_are_whole(void **state)
{
	struct snapshot whole;
	struct buf archive = { 0 };
	struct err err = { 0 };

	(void)state;
	modelgen_wide(&whole);
	assert_int_equal(archive_encode(&whole, &archive, &err), 0);
	for (size_t i = 0; i < whole.group_count; i++)
		expect_piece(&whole, buf_bytes(&archive), 4096,
		    &whole.groups[i].name, 1);
	snapshot_release(&whole);
	buf_release(&archive);
}

static void
flip(struct buf *archive, size_t at)
{
	archive->data[at] =
	    (char)((unsigned char)archive->data[at] ^ (1U << at % 8));
}

static void
a_changed_byte_never_gives_another_piece(void **state)
{
	const struct bytes names[] = { bytes_of("plain-group"),
		bytes_of("with,comma") };
	struct snapshot whole;
	struct buf archive = { 0 };
	struct err err = { 0 };
	size_t refused = 0;

	(void)state;
	modelgen_everything(&whole);
	assert_int_equal(archive_encode(&whole, &archive, &err), 0);
	/* A prime step and all of the end, where everything hangs together. */
	for (size_t i = 0;
	     i<archive.size; i += archive.size - i> DENSE ? 7 : 1) {
		struct remote remote = { buf_bytes(&archive), 0, 0 };
		struct snapshot piece;

		flip(&archive, i);
		err = (struct err){ 0 };
		if (read_piece(&remote, 500, names, 2, &piece, &err) != 0) {
			assert_int_equal(err.kind, ERR_CORRUPT);
			refused++;
		} else {
			struct snapshot expected;

			cut(&whole, names, 2, &expected);
			assert_true(modeldump_equal(&expected, &piece));
			free(expected.groups);
			free(expected.topics);
			free(expected.times);
			snapshot_release(&piece);
		}
		flip(&archive, i);
	}
	/* Not all: a piece does not look at what it has no need of. */
	assert_true(refused > 200 && refused < archive.size);
	snapshot_release(&whole);
	buf_release(&archive);
}

static void
a_cut_archive_has_no_pieces(void **state)
{
	const struct bytes name = bytes_of("plain-group");
	struct snapshot whole;
	struct buf archive = { 0 };
	struct err err = { 0 };

	(void)state;
	modelgen_everything(&whole);
	assert_int_equal(archive_encode(&whole, &archive, &err), 0);
	for (size_t size = 0;
	     size<archive.size; size += archive.size - size> DENSE ? 7 : 1) {
		struct remote remote = { { archive.data, size }, 0, 0 };
		struct snapshot piece;

		err = (struct err){ 0 };
		assert_int_equal(
		    read_piece(&remote, 500, &name, 1, &piece, &err), -1);
		assert_int_equal(err.kind, ERR_CORRUPT);
	}
	snapshot_release(&whole);
	buf_release(&archive);
}

/* Design section 10: one group of one topic out of a million positions. */
static void
one_group_of_a_million_positions_takes_three_reads(void **state)
{
	const struct bytes name = bytes_of(MODELGEN_LARGE_SINGLE);
	struct snapshot whole;
	struct snapshot piece;
	struct buf archive = { 0 };
	struct err err = { 0 };
	struct remote remote;

	(void)state;
	modelgen_large(&whole, 1000000);
	assert_int_equal(archive_encode(&whole, &archive, &err), 0);
	snapshot_release(&whole);
	remote = (struct remote){ buf_bytes(&archive), 0, 0 };
	assert_int_equal(
	    read_piece(&remote, ARCHIVE_PIECE_END, &name, 1, &piece, &err), 0);
	assert_int_equal(piece.group_count, 1);
	assert_int_equal(piece.topic_count, 1);
	if (remote.reads > 3 || remote.bytes > 200000)
		fail_msg("%zu reads, %zu bytes", remote.reads, remote.bytes);
	snapshot_release(&piece);
	buf_release(&archive);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_piece_is_the_same_as_in_the_whole),
		cmocka_unit_test(topics_are_read_besides_those_of_the_groups),
		cmocka_unit_test(groups_over_several_members_are_whole),
		cmocka_unit_test(a_changed_byte_never_gives_another_piece),
		cmocka_unit_test(a_cut_archive_has_no_pieces),
		cmocka_unit_test(
		    one_group_of_a_million_positions_takes_three_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
