/*
 * archive_write.c - a snapshot into an archive; see archive.h and FORMAT.md.
 */
#include "formats/archive.h"
#include "formats/groupline.h"
#include "formats/holeline.h"
#include "formats/limits.h"
#include "formats/membername.h"
#include "formats/memberwrite.h"
#include "formats/offsetcsv.h"
#include "formats/readme.h"
#include "formats/timesline.h"
#include "formats/topicline.h"

/* The archive being written, and a buffer for each line of it. */
struct encoding {
	const struct snapshot *snapshot;
	struct memberwrite *writer;
	struct buf line;
};

static int
write_readme(struct encoding *encoding, const struct snapshot_info *info,
    struct err *err)
{
	buf_clear(&encoding->line);
	readme_add(info, &encoding->line);
	return memberwrite_add(encoding->writer, MEMBER_README,
	    buf_bytes(&encoding->line), NULL, err);
}

static int
write_topics(struct encoding *encoding, struct err *err)
{
	const struct snapshot *snapshot = encoding->snapshot;

	for (size_t i = 0; i < snapshot->topic_count; i++) {
		const struct topic *topic = &snapshot->topics[i];
		struct topicline_place place = { 0 };
		bool more = true;

		while (more) {
			buf_clear(&encoding->line);
			more =
			    topicline_add(topic, NULL, &place, &encoding->line);
			if (memberwrite_text(encoding->writer, MEMBER_TOPICS,
				buf_bytes(&encoding->line), &topic->name,
				err) != 0)
				return -1;
		}
	}
	return 0;
}

static int
write_groups(struct encoding *encoding, struct err *err)
{
	const struct snapshot *snapshot = encoding->snapshot;

	for (size_t i = 0; i < snapshot->group_count; i++) {
		const struct group *group = &snapshot->groups[i];
		struct groupline_place place = { 0 };
		bool more = true;

		while (more) {
			buf_clear(&encoding->line);
			more = groupline_add(group, NULL, &snapshot->info,
			    &place, &encoding->line);
			if (memberwrite_text(encoding->writer, MEMBER_GROUPS,
				buf_bytes(&encoding->line), &group->name,
				err) != 0)
				return -1;
		}
	}
	return 0;
}

static int
write_holes(struct encoding *encoding, struct err *err)
{
	const struct snapshot *snapshot = encoding->snapshot;

	for (size_t i = 0; i < snapshot->hole_count; i++) {
		buf_clear(&encoding->line);
		holeline_add(&snapshot->holes[i], "0", &encoding->line);
		if (memberwrite_text(encoding->writer, MEMBER_HOLES,
			buf_bytes(&encoding->line), NULL, err) != 0)
			return -1;
	}
	for (size_t i = 0; i < snapshot->gone_count; i++) {
		buf_clear(&encoding->line);
		holeline_add_gone(&snapshot->gone[i], 0, &encoding->line);
		if (memberwrite_text(encoding->writer, MEMBER_GONE,
			buf_bytes(&encoding->line), NULL, err) != 0)
			return -1;
	}
	return 0;
}

static int
write_times(struct encoding *encoding, struct err *err)
{
	const struct snapshot *snapshot = encoding->snapshot;

	for (size_t i = 0; i < snapshot->times_count; i++) {
		const struct topic_times *times = &snapshot->times[i];
		struct timesline_place place = { 0 };
		bool more = true;

		while (more) {
			buf_clear(&encoding->line);
			more = timesline_add(times, &place, &encoding->line);
			if (memberwrite_text(encoding->writer, MEMBER_TIMES,
				buf_bytes(&encoding->line), &times->topic,
				err) != 0)
				return -1;
		}
	}
	return 0;
}

static int
write_group_csv(
    struct encoding *encoding, const struct group *group, struct err *err)
{
	for (size_t i = 0; i < group->topic_count; i++) {
		const struct group_topic *topic = &group->topics[i];
		size_t next = 0;

		while (next < topic->count) {
			buf_clear(&encoding->line);
			offsetcsv_add_rows(group->name, topic, &next,
			    LIMIT_MEMBER / 16, &encoding->line);
			if (encoding->line.size > 0 &&
			    memberwrite_text(encoding->writer, MEMBER_OFFSETS,
				buf_bytes(&encoding->line), &group->name,
				err) != 0)
				return -1;
		}
	}
	return 0;
}

static int
write_csv(struct encoding *encoding, struct err *err)
{
	const struct snapshot *snapshot = encoding->snapshot;

	for (size_t i = 0; i < snapshot->group_count; i++) {
		if (write_group_csv(encoding, &snapshot->groups[i], err) != 0)
			return -1;
	}
	return 0;
}

/* A moment of a window of several captures is written as one of its own. */
static struct snapshot_info
alone(const struct snapshot_info *info, struct capture_time *own)
{
	struct snapshot_info copy = *info;

	*own = (struct capture_time){ info->from_ms, info->to_ms,
		info->hole_count };
	copy.window = (struct snapshot_window){ .captures = own,
		.count = 1,
		.from_ms = info->from_ms,
		.to_ms = info->to_ms,
		.complete = info->complete };
	return copy;
}

int
archive_encode(
    const struct snapshot *snapshot, struct buf *out, struct err *err)
{
	struct encoding encoding = { .snapshot = snapshot };
	const size_t before = out->size;
	struct capture_time own;
	const struct snapshot_info info = alone(&snapshot->info, &own);
	int status = -1;

	if (model_check(snapshot, err) != 0 ||
	    memberwrite_new(&info, out, &encoding.writer, err) != 0)
		goto out;
	if (write_readme(&encoding, &info, err) != 0 ||
	    write_topics(&encoding, err) != 0 ||
	    write_groups(&encoding, err) != 0 ||
	    write_holes(&encoding, err) != 0 ||
	    write_times(&encoding, err) != 0 ||
	    write_csv(&encoding, err) != 0 ||
	    memberwrite_finish(
		encoding.writer, &info, snapshot->gone_count, err) != 0)
		goto out;
	if (out->size - before > ARCHIVE_SIZE_MAX) {
		status = err_set(err, ERR_UNSUPPORTED,
		    "the archive would be over %zu bytes", ARCHIVE_SIZE_MAX);
		goto out;
	}
	status = 0;
out:
	if (status != 0)
		out->size = before;
	memberwrite_free(encoding.writer);
	buf_release(&encoding.line);
	return status;
}
