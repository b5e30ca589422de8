/*
 * modelbuild.c - see modelbuild.h.
 */
#include "formats/modelbuild.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/groupbuild.h"
#include "formats/holeline.h"
#include "formats/limits.h"
#include "formats/membername.h"
#include "formats/textlines.h"
#include "formats/topicbuild.h"

/* No line is shorter: {"group":""} and a newline. */
#define LINE_MIN 13

struct modelbuild {
	struct snapshot *snapshot;
	size_t gone_capacity;
	uint64_t size_left;
	struct groupbuild groups;
	struct topicbuild topics;
	enum member_kind kind; /* of the member last taken */
	size_t number;         /* the next one of that kind */
};

int
modelbuild_new(struct snapshot *snapshot, size_t gone_count,
    uint64_t size_limit, struct modelbuild **out, struct err *err)
{
	const struct snapshot_info *info = &snapshot->info;
	struct arena *arena = &snapshot->arena;
	struct modelbuild *build;

	if ((uint64_t)info->group_count + info->topic_count + info->hole_count +
		gone_count >
	    size_limit / LINE_MIN)
		return err_set(err, ERR_CORRUPT,
		    "MANIFEST.json: counts more than the archive can hold");
	build = xcalloc(1, sizeof(*build));
	build->snapshot = snapshot;
	build->gone_capacity = gone_count;
	build->size_left = size_limit;
	snapshot->groups =
	    arena_alloc(arena, info->group_count, sizeof(*snapshot->groups));
	snapshot->topics =
	    arena_alloc(arena, info->topic_count, sizeof(*snapshot->topics));
	snapshot->holes =
	    arena_alloc(arena, info->hole_count, sizeof(*snapshot->holes));
	snapshot->gone =
	    arena_alloc(arena, gone_count, sizeof(*snapshot->gone));
	build->groups.snapshot = snapshot;
	build->groups.limit = info->group_count;
	build->topics.snapshot = snapshot;
	build->topics.limit = info->topic_count;
	*out = build;
	return 0;
}

static int
take_hole(struct modelbuild *build, struct bytes line, struct err *err)
{
	struct snapshot *snapshot = build->snapshot;

	if (snapshot->hole_count == snapshot->info.hole_count)
		return err_set(
		    err, ERR_CORRUPT, "more holes than the manifest counts");
	return holeline_parse(line, &snapshot->arena,
	    &snapshot->holes[snapshot->hole_count++], err);
}

static int
take_gone(struct modelbuild *build, struct bytes line, struct err *err)
{
	struct snapshot *snapshot = build->snapshot;

	if (snapshot->gone_count == build->gone_capacity)
		return err_set(
		    err, ERR_CORRUPT, "more lines than the manifest counts");
	return holeline_parse_gone(line, &snapshot->arena,
	    &snapshot->gone[snapshot->gone_count++], err);
}

static int
take_line(struct modelbuild *build, enum member_kind kind, struct bytes line,
    struct err *err)
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
	case MEMBER_OFFSETS:
	case MEMBER_OTHER:
	default:
		return 0;
	}
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
	struct textlines lines = { content, 0 };
	bool more = true;

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
	while (more) {
		struct bytes line = { 0 };

		if (textlines_next(&lines, &line, &more, err) != 0)
			return -1;
		if (more && take_line(build, parsed.kind, line, err) != 0)
			return err_wrap(err, "line %zu", lines.number);
	}
	return 0;
}

bool
modelbuild_needs(const char *name)
{
	const struct member_name parsed = membername_parse(name);

	return parsed.kind != MEMBER_OTHER && parsed.kind != MEMBER_OFFSETS;
}

int
modelbuild_finish(struct modelbuild *build, struct err *err)
{
	groupbuild_finish(&build->groups);
	topicbuild_finish(&build->topics);
	if (build->snapshot->gone_count != build->gone_capacity)
		return err_set(err, ERR_CORRUPT,
		    "MANIFEST.json: the count \"gone\" is %zu but there are "
		    "%zu",
		    build->gone_capacity, build->snapshot->gone_count);
	return model_check(build->snapshot, err);
}

void
modelbuild_free(struct modelbuild *build)
{
	if (build == NULL)
		return;
	groupbuild_release(&build->groups);
	topicbuild_release(&build->topics);
	free(build);
}
