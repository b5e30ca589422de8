/*
 * linebuild.c - see linebuild.h.
 */
#include "formats/linebuild.h"

#include "common/arena.h"
#include "formats/groupseries.h"
#include "formats/holeline.h"
#include "formats/textlines.h"

static void
limit_topics(struct linebuild *build, size_t topics, size_t times)
{
	struct snapshot *snapshot = build->snapshot;

	build->topics.limit = topics;
	build->times.limit = times;
	snapshot->topics =
	    arena_alloc(&snapshot->arena, topics, sizeof(*snapshot->topics));
	snapshot->times =
	    arena_alloc(&snapshot->arena, times, sizeof(*snapshot->times));
}

void
linebuild_init(struct linebuild *build, struct snapshot *snapshot,
    const struct linebuild_limits *limits)
{
	struct arena *arena = &snapshot->arena;

	*build = (struct linebuild){ .snapshot = snapshot,
		.hole_limit = limits->holes,
		.gone_limit = limits->gone };
	build->groups.snapshot = snapshot;
	build->groups.limit = limits->groups;
	build->topics.snapshot = snapshot;
	build->times.snapshot = snapshot;
	snapshot->groups =
	    arena_alloc(arena, limits->groups, sizeof(*snapshot->groups));
	snapshot->holes =
	    arena_alloc(arena, limits->holes, sizeof(*snapshot->holes));
	snapshot->gone =
	    arena_alloc(arena, limits->gone, sizeof(*snapshot->gone));
	limit_topics(build, limits->topics, limits->times);
}

void
linebuild_limit_topics(struct linebuild *build, size_t limit)
{
	limit_topics(build, limit, limit);
}

static int
take_hole(struct linebuild *build, struct bytes line, struct err *err)
{
	struct snapshot *snapshot = build->snapshot;
	bool present = false;

	if (build->hole_lines++ == build->hole_limit)
		return err_set(
		    err, ERR_CORRUPT, "more holes than the manifest counts");
	if (holeline_parse(line, &snapshot->info.window, &snapshot->arena,
		&snapshot->holes[snapshot->hole_count], &present, err) != 0)
		return -1;
	snapshot->hole_count += present;
	return 0;
}

static int
take_gone(struct linebuild *build, struct bytes line, struct err *err)
{
	struct snapshot *snapshot = build->snapshot;
	bool present = false;

	if (build->gone_lines++ == build->gone_limit)
		return err_set(
		    err, ERR_CORRUPT, "more lines than the manifest counts");
	if (holeline_parse_gone(line, &snapshot->info.window, &snapshot->arena,
		&snapshot->gone[snapshot->gone_count], &present, err) != 0)
		return -1;
	snapshot->gone_count += present;
	return 0;
}

int
linebuild_line(struct linebuild *build, enum member_kind kind,
    struct bytes line, struct err *err)
{
	switch (kind) {
	case MEMBER_TOPICS:
		return topicbuild_line(&build->topics, line, err);
	case MEMBER_GROUPS:
		return groupbuild_line(&build->groups, line, err);
	case MEMBER_HOLES:
		return take_hole(build, line, err);
	case MEMBER_GONE:
		return take_gone(build, line, err);
	case MEMBER_TIMES:
		return timesbuild_line(&build->times, line, err);
	case MEMBER_OFFSETS:
	case MEMBER_OTHER:
	default:
		return 0;
	}
}

int
linebuild_member(struct linebuild *build, enum member_kind kind,
    struct bytes content, struct err *err)
{
	struct textlines lines = { content, 0 };
	bool more = true;

	while (more) {
		struct bytes line = { 0 };

		if (textlines_next(&lines, &line, &more, err) != 0)
			return -1;
		if (more && linebuild_line(build, kind, line, err) != 0)
			return err_wrap(err, "line %zu", lines.number);
	}
	return 0;
}

void
linebuild_finish(struct linebuild *build)
{
	groupbuild_finish(&build->groups);
	topicbuild_finish(&build->topics);
	timesbuild_finish(&build->times);
}

int
linebuild_resolve(
    struct linebuild *build, bool drop, size_t *dropped, struct err *err)
{
	return groupseries_resolve(
	    &build->groups, &build->topics, drop, dropped, err);
}

void
linebuild_release(struct linebuild *build)
{
	groupbuild_release(&build->groups);
	topicbuild_release(&build->topics);
	timesbuild_release(&build->times);
}
