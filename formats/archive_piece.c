/*
 * archive_piece.c - see archive_piece.h.
 */
#include "formats/archive_piece.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "formats/archive_ranges.h"
#include "formats/limits.h"
#include "formats/linebuild.h"

struct piece {
	struct archive_ranges ranges;
	struct snapshot *snapshot;
	struct linebuild lines;
};

/* Matches archive_ranges_fn. */
static int
take_member(
    void *context, enum member_kind kind, struct bytes content, struct err *err)
{
	return linebuild_member(context, kind, content, err);
}

/* No line is shorter, so there can be no more of them. */
#define LINE_MIN 13

static int
take_groups(struct piece *piece, const struct archive_names *names,
    bool with_gone, struct err *err)
{
	struct snapshot *snapshot = piece->snapshot;
	const size_t hole_count = snapshot->info.window.hole_count;
	const size_t gone_count =
	    with_gone ? piece->ranges.links.gone_count : 0;

	if (hole_count > piece->ranges.size_left / LINE_MIN ||
	    gone_count > piece->ranges.size_left / LINE_MIN)
		return err_set(err, ERR_CORRUPT,
		    "MANIFEST.json: counts more than the archive can hold");
	linebuild_init(&piece->lines, snapshot,
	    &(struct linebuild_limits){
		names->count, 0, hole_count, gone_count, 0 });
	piece->lines.groups.takes = archive_names_have;
	piece->lines.groups.context = names;
	archive_ranges_want(&piece->ranges, MEMBER_GROUPS, names);
	if (hole_count > 0)
		archive_ranges_want_kind(&piece->ranges, MEMBER_HOLES);
	if (gone_count > 0)
		archive_ranges_want_kind(&piece->ranges, MEMBER_GONE);
	if (archive_ranges_take(
		&piece->ranges, take_member, &piece->lines, err) != 0)
		return -1;
	groupbuild_finish(&piece->lines.groups);
	if (piece->lines.hole_lines != hole_count ||
	    snapshot->hole_count != snapshot->info.hole_count ||
	    piece->lines.gone_lines != gone_count)
		return err_set(err, ERR_CORRUPT,
		    "MANIFEST.json: counts other holes, or what is gone, than "
		    "there are");
	return 0;
}

static void
names_add(struct archive_names *names, size_t *capacity, struct bytes name)
{
	names->list =
	    xgrow(names->list, names->count, capacity, sizeof(*names->list));
	names->list[names->count++] = name;
}

/* The names of the topics that the groups stand on, and of those asked for. */
static void
gather_topics(const struct snapshot *snapshot,
    const struct archive_wanted *wanted, struct archive_names *out)
{
	size_t capacity = 0;

	for (size_t i = 0; i < wanted->topic_count; i++)
		names_add(out, &capacity, wanted->topics[i]);
	for (size_t i = 0; i < snapshot->group_count; i++) {
		const struct group *group = &snapshot->groups[i];

		for (size_t j = 0; j < group->topic_count; j++)
			names_add(out, &capacity, group->topics[j].topic);
	}
	archive_names_sort(out);
}

static int
take_topics(
    struct piece *piece, const struct archive_wanted *wanted, struct err *err)
{
	struct snapshot *snapshot = piece->snapshot;
	struct archive_names names = { 0 };
	int result;

	gather_topics(snapshot, wanted, &names);
	linebuild_limit_topics(&piece->lines, names.count);
	piece->lines.topics.takes = archive_names_have;
	piece->lines.topics.context = &names;
	piece->lines.times.takes = archive_names_have;
	piece->lines.times.context = &names;
	archive_ranges_want(&piece->ranges, MEMBER_TOPICS, &names);
	if (wanted->with_times)
		archive_ranges_want(&piece->ranges, MEMBER_TIMES, &names);
	result = archive_ranges_take(
	    &piece->ranges, take_member, &piece->lines, err);
	topicbuild_finish(&piece->lines.topics);
	timesbuild_finish(&piece->lines.times);
	free(names.list);
	return result;
}

static int
choose_capture(
    struct piece *piece, const struct capture_choice *choice, struct err *err)
{
	struct snapshot_info *info = &piece->snapshot->info;
	size_t number = 0;

	if (window_choose(&info->window, choice, &number, err) != 0)
		return -1;
	window_select(info, number);
	return 0;
}

static int
take_piece(struct piece *piece, const struct archive_names *names,
    const struct archive_wanted *wanted, struct err *err)
{
	size_t dropped = 0;

	if (archive_ranges_open(&piece->ranges, &piece->snapshot->arena,
		&piece->snapshot->info, err) != 0)
		return -1;
	if (choose_capture(piece, &wanted->capture, err) != 0)
		return -1;
	if (take_groups(piece, names, wanted->with_gone, err) != 0 ||
	    take_topics(piece, wanted, err) != 0)
		return -1;
	if (linebuild_resolve(&piece->lines, false, &dropped, err) != 0)
		return -1;
	window_drop_times(piece->snapshot);
	piece->snapshot->is_piece = true;
	return model_check(piece->snapshot, err);
}

int
archive_decode_groups(const struct archive_source *source,
    const struct archive_wanted *wanted, struct snapshot *out, struct err *err)
{
	struct piece piece = { .ranges = { .source = source },
		.snapshot = out };
	struct archive_names names =
	    archive_names_of(wanted->groups, wanted->group_count);
	int result;

	*out = (struct snapshot){ 0 };
	result = take_piece(&piece, &names, wanted, err);
	if (result != 0)
		snapshot_release(out);
	free(names.list);
	linebuild_release(&piece.lines);
	archive_ranges_release(&piece.ranges);
	return result;
}
