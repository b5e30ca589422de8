/*
 * modelbuild.c - see modelbuild.h.
 */
#include "formats/modelbuild.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/limits.h"
#include "formats/linebuild.h"
#include "formats/membername.h"
#include "formats/window.h"

/* No line is shorter: {"group":""} and a newline. */
#define LINE_MIN 13

struct modelbuild {
	size_t gone_count; /* that the manifest tells */
	uint64_t size_left;
	struct linebuild lines;
	enum member_kind kind; /* of the member last taken */
	size_t number;         /* the next one of that kind */
};

int
modelbuild_new(struct snapshot *snapshot, size_t gone_count,
    uint64_t size_limit, struct modelbuild **out, struct err *err)
{
	const struct snapshot_info *info = &snapshot->info;
	struct modelbuild *build;

	const struct snapshot_window *window = &info->window;

	if ((uint64_t)window->group_count + window->topic_count +
		window->hole_count + gone_count >
	    size_limit / LINE_MIN)
		return err_set(err, ERR_CORRUPT,
		    "MANIFEST.json: counts more than the archive can hold");
	build = xcalloc(1, sizeof(*build));
	build->gone_count = gone_count;
	build->size_left = size_limit;
	linebuild_init(&build->lines, snapshot,
	    &(struct linebuild_limits){ window->group_count,
		window->topic_count, window->hole_count, gone_count,
		info->point_count == 0 && info->index_points == 0
		    ? 0
		    : window->topic_count });
	*out = build;
	return 0;
}

/* Members of a kind stand together, the kinds in the order of member_kind,
 * numbered from 0 without gaps. */
static int
check_order(
    struct modelbuild *build, const struct member_name *name, struct err *err)
{
	if (name->kind < build->kind)
		return err_set(err, ERR_CORRUPT, "out of order");
	if (name->kind != build->kind) {
		build->kind = name->kind;
		build->number = 0;
	}
	if (name->number != build->number++)
		return err_set(
		    err, ERR_CORRUPT, "a member before it is missing");
	return 0;
}

int
modelbuild_member(struct modelbuild *build, const char *name,
    struct bytes content, struct err *err)
{
	struct member_name parsed = membername_parse(name);

	if (parsed.kind == MEMBER_OTHER)
		return 0;
	if (check_order(build, &parsed, err) != 0)
		return -1;
	if (parsed.kind == MEMBER_OFFSETS)
		return 0;
	if (content.size > build->size_left)
		return err_set(err, ERR_CORRUPT,
		    "the content is more than %zu times as large as the file",
		    LIMIT_RATIO);
	build->size_left -= content.size;
	return linebuild_member(&build->lines, parsed.kind, content, err);
}

bool
modelbuild_needs(const char *name)
{
	const struct member_name parsed = membername_parse(name);

	return parsed.kind != MEMBER_OTHER && parsed.kind != MEMBER_OFFSETS;
}

/* Of a window the snapshot has one capture; the manifest counts the last. */
static int
finish_moment(struct modelbuild *build, struct err *err)
{
	struct snapshot *snapshot = build->lines.snapshot;
	const struct snapshot_window *window = &snapshot->info.window;
	const size_t hole_count = snapshot->info.hole_count;

	window_drop_times(snapshot);
	if (build->lines.groups.seen != window->group_count ||
	    build->lines.topics.seen != window->topic_count ||
	    build->lines.groups.positions_seen != window->position_count ||
	    build->lines.hole_lines != window->hole_count)
		return err_set(err, ERR_CORRUPT,
		    "MANIFEST.json: counts other groups, topics, positions or "
		    "holes of the window than there are");
	if (window->number == window->count - 1)
		return 0;
	model_count(snapshot);
	if (snapshot->hole_count != hole_count)
		return err_set(err, ERR_CORRUPT,
		    "MANIFEST.json: counts %zu holes of capture %zu, but there "
		    "are %zu",
		    hole_count, window->number, snapshot->hole_count);
	return 0;
}

int
modelbuild_finish(struct modelbuild *build, struct err *err)
{
	struct snapshot *snapshot = build->lines.snapshot;
	const struct snapshot_window *window = &snapshot->info.window;
	size_t dropped = 0;

	linebuild_finish(&build->lines);
	if (build->lines.gone_lines != build->gone_count)
		return err_set(err, ERR_CORRUPT,
		    "MANIFEST.json: the count \"gone\" is %zu but there are "
		    "%zu",
		    build->gone_count, build->lines.gone_lines);
	if (linebuild_resolve(&build->lines, false, &dropped, err) != 0)
		return -1;
	if (window->count > 1 && finish_moment(build, err) != 0)
		return -1;
	return model_check(snapshot, err);
}

void
modelbuild_free(struct modelbuild *build)
{
	if (build == NULL)
		return;
	linebuild_release(&build->lines);
	free(build);
}
