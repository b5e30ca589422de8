#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/files.h"
#include "common/xalloc.h"
#include "formats/logcodec.h"
#include "snapshot/segmentdir.h"
#include "tests/unit/formats/batchbuild.h"
#include "tests/unit/storage/tempdir.h"

/* Somebody who is not root, and owns nothing here. */
#define NOBODY 65534

#define FIRST "00000000000000000000.log"

/* A directory with segment files, and what reading it gave. */
struct world {
	char folder[TEMPDIR_MAX];
	struct buf segment; /* being made */
	/* "3:17 " for a record, "|3:18 " for a skip. */
	struct buf seen;
	struct segment_report report;
	struct err err;
	int result;
	uint64_t done;
	uint64_t total;
	bool is_interrupted;
	bool has_bad_text; /* a record that is not "k<offset>" = "v<offset>" */
};

static int
set_up(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	tempdir_make(world->folder);
	*state = world;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *world = *state;

	tempdir_remove(world->folder);
	buf_release(&world->segment);
	buf_release(&world->seen);
	segmentreport_release(&world->report);
	free(world);
	return 0;
}

static void
take(void *context, const struct log_record *record)
{
	struct world *world = context;
	char text[32];

	buf_add_format(&world->seen, "%ld:%lld ", (long)record->partition,
	    (long long)record->offset);
	(void)snprintf(text, sizeof(text), "k%lld", (long long)record->offset);
	if (!bytes_equal_text(record->key, text) ||
	    record->timestamp_ms != 1000 + record->offset)
		world->has_bad_text = true;
	text[0] = 'v';
	if (!bytes_equal_text(record->value, text))
		world->has_bad_text = true;
}

static void
pass(void *context, int32_t partition, int64_t next_offset)
{
	struct world *world = context;

	buf_add_format(&world->seen, "|%ld:%lld ", (long)partition,
	    (long long)next_offset);
}

static void
progress(void *context, uint64_t done, uint64_t total)
{
	struct world *world = context;

	assert_true(done >= world->done && done <= total);
	world->done = done;
	world->total = total;
}

static bool
interrupted(void *context)
{
	const struct world *world = context;

	return world->is_interrupted;
}

static void
read_path(struct world *world, const char *path)
{
	const struct env env = { .interrupted = interrupted, .context = world };
	const struct segment_sink sink = { take, pass, progress, world, &env };

	segmentreport_release(&world->report);
	buf_clear(&world->seen);
	world->err = (struct err){ 0 };
	world->done = 0;
	world->result =
	    segmentdir_read(path, &sink, &world->report, &world->err);
}

/* Read the folder, which has to go well. */
static void
read_all(struct world *world)
{
	read_path(world, world->folder);
	assert_string_equal(world->err.message, "");
	assert_int_equal(world->result, 0);
	assert_false(world->has_bad_text);
}

/* Put what was made into a file, and begin anew. */
static void
save(struct world *world, const char *folder, const char *name)
{
	struct err err = { 0 };
	const char *path = tempdir_at(world->folder, folder);

	(void)mkdir(path, 0700); /* it may be there */
	path = tempdir_at(path, name);
	(void)unlink(path); /* it may not be */
	assert_int_equal(
	    file_create(path, buf_bytes(&world->segment), &err), 0);
	buf_clear(&world->segment);
}

static void
a_partition_is_read_file_by_file(void **state)
{
	struct world *world = *state;

	batchbuild_add_range(&world->segment, 10, 11);
	save(world, "__consumer_offsets-3", "00000000000000000010.log");
	batchbuild_add_range(&world->segment, 0, 1);
	batchbuild_add_range(&world->segment, 2, 2);
	save(world, "__consumer_offsets-3", FIRST);
	batchbuild_add_range(&world->segment, 5, 5);
	save(world, "__consumer_offsets-0", FIRST);
	save(world, "__consumer_offsets-0", "00000000000000000006.index");
	save(world, "__consumer_offsets-0", "00000000000000000006.log.old");
	save(world, "__consumer_offsets-x", FIRST);
	save(world, "orders-3", FIRST);
	read_all(world);
	assert_string_equal(
	    buf_text(&world->seen), "0:5 3:0 3:1 3:2 3:10 3:11 ");
	assert_int_equal(world->report.partition_count, 2);
	assert_int_equal(world->report.file_count, 3);
	assert_int_equal(world->report.batch_count, 4);
	assert_int_equal(world->report.record_count, 6);
	assert_int_equal(world->report.place_count, 0);
	assert_int_equal(world->total, 2 * world->report.byte_count);
	assert_int_equal(world->done, world->total);
}

static void
a_partition_directory_may_be_named_itself(void **state)
{
	struct world *world = *state;

	batchbuild_add_range(&world->segment, 0, 1);
	save(world, "__consumer_offsets-49", FIRST);
	batchbuild_add_range(&world->segment, 0, 1);
	save(world, "__consumer_offsets-1", FIRST);
	read_path(world, tempdir_at(world->folder, "__consumer_offsets-49/"));
	assert_int_equal(world->result, 0);
	assert_string_equal(buf_text(&world->seen), "49:0 49:1 ");
	assert_int_equal(
	    chdir(tempdir_at(world->folder, "__consumer_offsets-1")), 0);
	read_path(world, ".");
	assert_string_equal(buf_text(&world->seen), "1:0 1:1 ");
	assert_int_equal(chdir("/"), 0);
}

static void
copies_of_several_brokers_give_each_offset_once(void **state)
{
	struct world *world = *state;
	struct logbatch head = batchbuild_plain(3);
	const struct log_record stale =
	    batchbuild_record(3, "k3", "what an old leader wrote");

	tempdir_folder(tempdir_at(world->folder, "broker-1"));
	tempdir_folder(tempdir_at(world->folder, "broker-2"));
	/* One was compacted and has a batch that the other lacks. */
	batchbuild_add_range(&world->segment, 1, 1);
	head.leader_epoch = 0;
	batchbuild_add(&world->segment, &head, &stale, 1);
	batchbuild_add_range(&world->segment, 5, 6);
	save(world, "broker-1/__consumer_offsets-0", FIRST);
	batchbuild_add_range(&world->segment, 0, 3);
	batchbuild_add_range(&world->segment, 4, 4);
	save(world, "broker-2/__consumer_offsets-0", FIRST);
	read_all(world);
	assert_string_equal(
	    buf_text(&world->seen), "0:0 0:1 0:2 0:3 0:4 0:5 0:6 ");
	assert_int_equal(world->report.repeated_count, 2);
	assert_int_equal(world->report.partition_count, 1);
	/* An old leader, or another cluster: it is not passed over in silence,
	 * and a batch is one place. */
	assert_int_equal(world->report.conflict_count, 1);
	assert_int_equal(world->report.place_count, 1);
	assert_string_equal(world->report.places[0].reason,
	    "another copy holds another record here");
	assert_non_null(strstr(world->report.places[0].path, "broker-1"));
	assert_int_equal(world->report.places[0].partition, 0);
}

static void
set_time(struct world *world, const char *path, time_t seconds)
{
	const struct timespec times[2] = { { .tv_sec = seconds },
		{ .tv_sec = seconds } };

	assert_int_equal(
	    utimensat(AT_FDCWD, tempdir_at(world->folder, path), times, 0), 0);
}

static void
the_report_tells_what_is_where_and_of_when(void **state)
{
	struct world *world = *state;
	const struct segment_report *report = &world->report;

	tempdir_folder(tempdir_at(world->folder, "a"));
	tempdir_folder(tempdir_at(world->folder, "b"));
	for (size_t at = 0; at < 3; at++) {
		static const char *const places[] = { "a/__consumer_offsets-7",
			"a/__consumer_offsets-2", "b/__consumer_offsets-2" };

		batchbuild_add_range(&world->segment, 0, 0);
		save(world, places[at], FIRST);
	}
	set_time(world, "a/__consumer_offsets-7/" FIRST, 5000);
	set_time(world, "a/__consumer_offsets-2/" FIRST, 4000);
	set_time(world, "b/__consumer_offsets-2/" FIRST, 6000);
	read_all(world);
	assert_int_equal(report->conflict_count, 0);
	assert_int_equal(report->folder_count, 2);
	for (size_t at = 0; at < 2; at++)
		assert_int_equal(report->folders[at].modified_ms,
		    strstr(report->folders[at].path, "/a") != NULL ? 5000000
								   : 6000000);
	assert_int_equal(report->partition_count, 2);
	assert_int_equal(report->partitions[0].partition, 2);
	assert_int_equal(report->partitions[0].modified_ms, 6000000);
	assert_int_equal(report->partitions[1].partition, 7);
	assert_int_equal(report->partitions[1].modified_ms, 5000000);
}

/* What is kept of each partition is found by its number. */
static void
a_number_that_no_partition_has_is_odd(void **state)
{
	struct world *world = *state;

	batchbuild_add_range(&world->segment, 0, 0);
	save(world, "__consumer_offsets-99999", FIRST);
	batchbuild_add_range(&world->segment, 0, 0);
	save(world, "__consumer_offsets-100000", FIRST);
	batchbuild_add_range(&world->segment, 0, 0);
	save(world, "__consumer_offsets-2000000000", FIRST);
	read_all(world);
	assert_string_equal(buf_text(&world->seen), "99999:0 ");
	assert_int_equal(world->report.place_count, 2);
	assert_string_equal(
	    world->report.places[0].reason, "no partition has such a number");
	assert_int_equal(world->report.places[0].partition, -1);
}

static void
files_that_the_cleaner_left_are_read_too(void **state)
{
	struct world *world = *state;

	batchbuild_add_range(&world->segment, 4, 4);
	save(world, "__consumer_offsets-0", FIRST);
	batchbuild_add_range(&world->segment, 0, 2);
	save(world, "__consumer_offsets-0", FIRST ".deleted");
	batchbuild_add_range(&world->segment, 3, 4);
	save(world, "__consumer_offsets-0", "00000000000000000003.log.deleted");
	batchbuild_add_range(&world->segment, 5, 5);
	save(world, "__consumer_offsets-0", "00000000000000000005.log.swap");
	batchbuild_add_range(&world->segment, 6, 6);
	save(world, "__consumer_offsets-0", "00000000000000000006.log.cleaned");
	batchbuild_add_range(&world->segment, 7, 7);
	save(world, "__consumer_offsets-0.0a1b2c-delete",
	    "00000000000000000007.log");
	read_all(world);
	assert_string_equal(
	    buf_text(&world->seen), "0:0 0:1 0:2 0:3 0:4 0:5 0:6 0:7 ");
	assert_int_equal(world->report.repeated_count, 1);
	assert_int_equal(world->report.file_count, 6);
}

static void
transactions_count_when_they_were_committed(void **state)
{
	struct world *world = *state;

	batchbuild_add_written(&world->segment, 7, 0, 1); /* committed */
	batchbuild_add_written(&world->segment, 8, 2, 3); /* aborted */
	batchbuild_add_range(&world->segment, 4, 4);
	batchbuild_add_written(&world->segment, 7, 5, 5); /* committed */
	batchbuild_add_marker(&world->segment, 8, 6, false);
	save(world, "__consumer_offsets-0", FIRST);
	/* The marker is in another file. */
	batchbuild_add_marker(&world->segment, 7, 7, true);
	batchbuild_add_written(&world->segment, 7, 8, 8);  /* aborted */
	batchbuild_add_written(&world->segment, 8, 9, 11); /* open */
	batchbuild_add_marker(&world->segment, 7, 12, false);
	batchbuild_add_range(&world->segment, 13, 13);
	save(world, "__consumer_offsets-0", "00000000000000000007.log");
	/* Nothing of one partition ends anything in another, nor does another
	 * producer. */
	batchbuild_add_written(&world->segment, 7, 0, 0);
	batchbuild_add_marker(&world->segment, 9, 1, true);
	save(world, "__consumer_offsets-1", FIRST);
	read_all(world);
	assert_string_equal(buf_text(&world->seen),
	    "0:0 0:1 |0:4 0:4 0:5 |0:7 |0:8 |0:9 |0:12 |0:13 0:13 |1:1 |1:2 ");
	assert_int_equal(world->report.aborted_count, 3);
	assert_int_equal(world->report.open_count, 4);
	assert_int_equal(world->report.control_count, 4);
}

static void
a_marker_that_may_be_lost_leaves_a_doubt(void **state)
{
	struct world *world = *state;
	size_t end;

	batchbuild_add_written(&world->segment, 7, 0, 1);
	batchbuild_add_marker(&world->segment, 7, 2, false);
	end = world->segment.size;
	batchbuild_add_written(&world->segment, 7, 3, 3);
	batchbuild_add_marker(&world->segment, 7, 4, true);
	batchbuild_add_written(&world->segment, 8, 5, 6);
	batchbuild_add_marker(&world->segment, 8, 7, false);
	save(world, "__consumer_offsets-0", FIRST);
	read_all(world);
	assert_string_equal(
	    buf_text(&world->seen), "|0:2 |0:3 0:3 |0:5 |0:7 |0:8 ");
	assert_int_equal(world->report.doubtful_count, 0);
	batchbuild_add_written(&world->segment, 7, 0, 1);
	batchbuild_add_marker(&world->segment, 7, 2, false);
	world->segment.data[end - 1] ^= 1;
	batchbuild_add_written(&world->segment, 7, 3, 3);
	batchbuild_add_marker(&world->segment, 7, 4, true);
	save(world, "__consumer_offsets-0", FIRST);
	read_all(world);
	assert_string_equal(buf_text(&world->seen), "0:0 0:1 0:3 |0:5 ");
	assert_int_equal(world->report.doubtful_count, 2);
	batchbuild_add_written(&world->segment, 7, 0, 1);
	batchbuild_add_marker(&world->segment, 7, 2, true);
	world->segment.data[end - 1] ^= 1;
	batchbuild_add_marker(&world->segment, 7, 3, false);
	save(world, "__consumer_offsets-0", FIRST);
	read_all(world);
	assert_int_equal(world->report.aborted_count, 2);
	assert_int_equal(world->report.doubtful_count, 2);
}

static void
a_marker_does_not_hide_a_gap_before_it(void **state)
{
	struct world *world = *state;

	batchbuild_add_range(&world->segment, 0, 0);
	batchbuild_add_marker(&world->segment, 7, 1, true);
	batchbuild_add_marker(
	    &world->segment, 7, 5, true); /* 2 to 4 are gone */
	batchbuild_add_range(&world->segment, 6, 6);
	batchbuild_add_marker(&world->segment, 7, 7, true);
	save(world, "__consumer_offsets-0", FIRST);
	read_all(world);
	assert_string_equal(buf_text(&world->seen), "0:0 |0:2 0:6 |0:8 ");
}

static void
damage_is_told_and_passed_over(void **state)
{
	struct world *world = *state;
	const struct segment_place *places = world->report.places;
	size_t first;
	size_t second;

	batchbuild_add_range(&world->segment, 0, 1);
	first = world->segment.size;
	batchbuild_add_range(&world->segment, 2, 3);
	second = world->segment.size;
	world->segment.data[second - 2] ^= 1;
	batchbuild_add_range(&world->segment, 4, 4);
	batchbuild_add_old(&world->segment, 5, "a");
	batchbuild_add_old(&world->segment, 6, "b");
	save(world, "__consumer_offsets-2", FIRST);
	read_all(world);
	assert_string_equal(buf_text(&world->seen), "2:0 2:1 2:4 ");
	assert_int_equal(world->report.place_count, 2);
	assert_non_null(strstr(places[0].path, "/__consumer_offsets-2/" FIRST));
	assert_int_equal(places[0].position, first);
	assert_int_equal(places[0].size, second - first);
	assert_string_equal(places[0].reason, "its checksum is wrong");
	assert_non_null(strstr(places[1].reason, "magic 1"));
}

static void
what_one_copy_lost_another_may_have(void **state)
{
	struct world *world = *state;

	tempdir_folder(tempdir_at(world->folder, "a"));
	tempdir_folder(tempdir_at(world->folder, "b"));
	batchbuild_add_range(&world->segment, 0, 1);
	world->segment.data[world->segment.size - 1] ^= 1;
	batchbuild_add_range(&world->segment, 2, 3);
	save(world, "a/__consumer_offsets-0", FIRST);
	batchbuild_add_range(&world->segment, 0, 1);
	batchbuild_add_range(&world->segment, 2, 3);
	save(world, "b/__consumer_offsets-0", FIRST);
	read_all(world);
	assert_string_equal(buf_text(&world->seen), "0:0 0:1 0:2 0:3 ");
	assert_int_equal(world->report.place_count, 1);
}

static void
batches_that_cannot_be_decoded_are_counted(void **state)
{
	struct world *world = *state;
	struct logbatch head = batchbuild_plain(0);

	head.record_count = 1;
	head.codec = LOGCODEC_SNAPPY;
	batchbuild_add_content(&world->segment, &head, bytes_of("snap"));
	head.base_offset = head.last_offset = 1;
	head.codec = LOGCODEC_ZSTD;
	batchbuild_add_content(&world->segment, &head, bytes_of("crackle"));
	batchbuild_add_range(&world->segment, 2, 2);
	save(world, "__consumer_offsets-0", FIRST);
	read_all(world);
	assert_string_equal(buf_text(&world->seen), "0:2 ");
	assert_int_equal(world->report.unsupported[LOGCODEC_SNAPPY], 1);
	assert_int_equal(world->report.unsupported[LOGCODEC_ZSTD], 0);
	assert_int_equal(world->report.place_count, 2);
	assert_non_null(strstr(world->report.places[0].reason, "snappy"));
	assert_non_null(strstr(world->report.places[1].reason, "zstd"));
}

static void
only_the_first_hundred_places_are_kept(void **state)
{
	struct world *world = *state;

	for (int64_t offset = 0; offset < 300; offset += 2) {
		batchbuild_add_range(&world->segment, offset, offset);
		world->segment.data[world->segment.size - 1] ^= 1;
		batchbuild_add_range(&world->segment, offset + 1, offset + 1);
	}
	save(world, "__consumer_offsets-0", FIRST);
	read_all(world);
	assert_int_equal(world->report.place_count, 150);
	assert_int_equal(world->report.record_count, 150);
	assert_non_null(
	    world->report.places[SEGMENTREPORT_PLACE_MAX - 1].reason);
}

static void
large_files_are_read_in_windows(void **state)
{
	struct world *world = *state;

	/* Batches of many sizes, one of them larger than a window. */
	for (int64_t offset = 0; offset < 20000; offset += offset % 7 + 1)
		batchbuild_add_range(
		    &world->segment, offset, offset + offset % 7);
	batchbuild_add_range(&world->segment, 30000, 59999);
	for (int64_t offset = 60000; offset < 80000; offset += 5)
		batchbuild_add_range(&world->segment, offset, offset + 4);
	assert_true(world->segment.size > (size_t)1 << 20);
	save(world, "__consumer_offsets-0", FIRST);
	read_all(world);
	assert_true(world->report.record_count >= 70000);
	assert_int_equal(world->report.place_count, 0);
	assert_true(bytes_start_with(
	    buf_bytes(&world->seen), bytes_of("0:0 0:1 0:2 0:3 ")));
	assert_non_null(strstr(buf_text(&world->seen), "0:59999 0:60000 "));
	assert_int_equal(world->done, world->total);
}

static void
odd_entries_are_not_opened(void **state)
{
	struct world *world = *state;
	char partition[2 * TEMPDIR_MAX];
	struct err err = { 0 };

	(void)snprintf(partition, sizeof(partition), "%s/__consumer_offsets-0",
	    world->folder);
	batchbuild_add_range(&world->segment, 0, 0);
	save(world, "__consumer_offsets-0", FIRST);
	tempdir_link(FIRST, tempdir_at(partition, "00000000000000000001.log"));
	assert_int_equal(
	    mkfifo(tempdir_at(partition, "00000000000000000002.log"), 0600), 0);
	tempdir_folder(tempdir_at(partition, "00000000000000000003.log"));
	assert_int_equal(
	    file_create(tempdir_at(partition, "00000000000000000004.log"),
		(struct bytes){ 0 }, &err),
	    0);
	assert_int_equal(
	    truncate(tempdir_at(partition, "00000000000000000004.log"),
		(off_t)3 << 30),
	    0);
	tempdir_link("__consumer_offsets-0",
	    tempdir_at(world->folder, "__consumer_offsets-1"));
	read_all(world);
	assert_string_equal(buf_text(&world->seen), "0:0 ");
	assert_int_equal(world->report.file_count, 1);
	assert_int_equal(world->report.place_count, 5);
}

static void
assert_refused(
    struct world *world, const char *path, enum err_kind kind, const char *text)
{
	read_path(world, path);
	assert_int_equal(world->result, -1);
	assert_int_equal(world->err.kind, kind);
	if (strstr(world->err.message, text) == NULL)
		fail_msg("%s: %s", text, world->err.message);
	assert_string_equal(buf_text(&world->seen), "");
}

static void
what_is_no_such_directory_is_refused(void **state)
{
	struct world *world = *state;

	assert_refused(world, tempdir_at(world->folder, "nowhere"),
	    ERR_NOT_FOUND, "no such directory");
	assert_refused(world, world->folder, ERR_NOT_FOUND,
	    "no segment files of __consumer_offsets");
	assert_non_null(strstr(world->err.hint, "log.dirs"));
	tempdir_folder(tempdir_at(world->folder, "__consumer_offsets-0"));
	assert_refused(world, world->folder, ERR_NOT_FOUND,
	    "no segment files of __consumer_offsets");
	batchbuild_add_range(&world->segment, 0, 0);
	save(world, "orders-12", FIRST);
	assert_refused(world, world->folder, ERR_NOT_FOUND,
	    "no segment files of __consumer_offsets");
	assert_refused(world, tempdir_at(world->folder, "orders-12"), ERR_USAGE,
	    "is a partition of topic orders, not of");
	assert_refused(world,
	    tempdir_at(tempdir_at(world->folder, "orders-12"), FIRST),
	    ERR_USAGE, "is not a directory");
	batchbuild_add_range(&world->segment, 0, 0);
	save(world, "copied", FIRST);
	assert_refused(world, tempdir_at(world->folder, "copied"), ERR_USAGE,
	    "does not tell");
	assert_non_null(strstr(world->err.hint, "__consumer_offsets-0"));
}

static void
a_file_that_may_not_be_read_is_a_failure(void **state)
{
	struct world *world = *state;
	const uid_t user = geteuid();
	char folder[2 * TEMPDIR_MAX];
	char file[3 * TEMPDIR_MAX];

	(void)snprintf(
	    folder, sizeof(folder), "%s/__consumer_offsets-0", world->folder);
	(void)snprintf(file, sizeof(file), "%s/" FIRST, folder);
	batchbuild_add_range(&world->segment, 0, 0);
	save(world, "__consumer_offsets-0", FIRST);
	assert_int_equal(chmod(world->folder, 0755), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chmod(file, 0), 0);
	/* Nothing is forbidden to root. */
	if (user == 0)
		assert_int_equal(seteuid(NOBODY), 0);
	assert_refused(world, world->folder, ERR_DENIED, FIRST);
	assert_int_equal(seteuid(user), 0);
	assert_non_null(strstr(world->err.hint, "user"));
	assert_int_equal(chmod(file, 0600), 0);
	assert_int_equal(chmod(folder, 0), 0);
	if (user == 0)
		assert_int_equal(seteuid(NOBODY), 0);
	assert_refused(
	    world, world->folder, ERR_DENIED, "__consumer_offsets-0");
	assert_int_equal(seteuid(user), 0);
	assert_int_equal(chmod(folder, 0700), 0);
}

static void
reading_stops_when_it_is_interrupted(void **state)
{
	struct world *world = *state;

	batchbuild_add_range(&world->segment, 0, 0);
	save(world, "__consumer_offsets-0", FIRST);
	world->is_interrupted = true;
	assert_refused(world, world->folder, ERR_INTERRUPTED, "interrupted");
}

static void
too_many_copies_are_refused(void **state)
{
	struct world *world = *state;
	char name[64];

	for (int i = 0; i < 65; i++) {
		batchbuild_add_range(&world->segment, 0, 0);
		(void)snprintf(
		    name, sizeof(name), "__consumer_offsets-0.%d-delete", i);
		save(world, name, FIRST);
	}
	read_path(world, world->folder);
	assert_int_equal(world->result, -1);
	assert_int_equal(world->err.kind, ERR_UNSUPPORTED);
}

static void
many_files_one_after_the_other_are_not_many_copies(void **state)
{
	struct world *world = *state;
	char name[64];

	for (int i = 0; i < 200; i++) {
		batchbuild_add_range(&world->segment, i, i);
		(void)snprintf(name, sizeof(name), "%020d.log", i);
		save(world, "__consumer_offsets-0", name);
	}
	read_all(world);
	assert_int_equal(world->report.record_count, 200);
}

#define WORLD_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_partition_is_read_file_by_file),
		WORLD_TEST(a_partition_directory_may_be_named_itself),
		WORLD_TEST(copies_of_several_brokers_give_each_offset_once),
		WORLD_TEST(the_report_tells_what_is_where_and_of_when),
		WORLD_TEST(a_number_that_no_partition_has_is_odd),
		WORLD_TEST(files_that_the_cleaner_left_are_read_too),
		WORLD_TEST(transactions_count_when_they_were_committed),
		WORLD_TEST(a_marker_that_may_be_lost_leaves_a_doubt),
		WORLD_TEST(a_marker_does_not_hide_a_gap_before_it),
		WORLD_TEST(damage_is_told_and_passed_over),
		WORLD_TEST(what_one_copy_lost_another_may_have),
		WORLD_TEST(batches_that_cannot_be_decoded_are_counted),
		WORLD_TEST(only_the_first_hundred_places_are_kept),
		WORLD_TEST(large_files_are_read_in_windows),
		WORLD_TEST(odd_entries_are_not_opened),
		WORLD_TEST(what_is_no_such_directory_is_refused),
		WORLD_TEST(a_file_that_may_not_be_read_is_a_failure),
		WORLD_TEST(reading_stops_when_it_is_interrupted),
		WORLD_TEST(too_many_copies_are_refused),
		WORLD_TEST(many_files_one_after_the_other_are_not_many_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
