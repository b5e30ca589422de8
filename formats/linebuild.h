/*
 * linebuild.h - the lines of an archive's members into the parts of a snapshot,
 * whoever reads them: all of an archive, a piece of it, or what is left of it.
 */
#ifndef FORMATS_LINEBUILD_H
#define FORMATS_LINEBUILD_H

#include <stddef.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/groupbuild.h"
#include "formats/membername.h"
#include "formats/model.h"
#include "formats/timesbuild.h"
#include "formats/topicbuild.h"

struct linebuild {
	struct snapshot *snapshot;
	struct groupbuild groups; /* takes may be set before the first line */
	struct topicbuild topics; /* likewise */
	struct timesbuild times;  /* likewise */
	size_t hole_limit;
	size_t gone_limit;
	/* Lines that there were, also of other captures than the snapshot's. */
	size_t hole_lines;
	size_t gone_lines;
};

/* How many there can be of each; more is ERR_CORRUPT. */
struct linebuild_limits {
	size_t groups;
	size_t topics;
	size_t holes;
	size_t gone;
	size_t times;
};

/* Begin, with room for as many in the snapshot's arena. */
void linebuild_init(struct linebuild *build, struct snapshot *snapshot,
    const struct linebuild_limits *limits);

/* Make room for other topics than the limits said, before the first one; in
 * times/, too. */
void linebuild_limit_topics(struct linebuild *build, size_t limit);

/* Take a line of a member of that kind; those that a snapshot does not need
 * are passed over. */
int linebuild_line(struct linebuild *build, enum member_kind kind,
    struct bytes line, struct err *err) MUST_CHECK;

/* Take all lines of a member; an error says which one it was. */
int linebuild_member(struct linebuild *build, enum member_kind kind,
    struct bytes content, struct err *err) MUST_CHECK;

/* There are no more lines. */
void linebuild_finish(struct linebuild *build);

/*
 * Finish the offsets that a window tells by how far they are behind the log
 * ends, when topics and groups are all there.  One whose log is not there is
 * ERR_CORRUPT; with drop it is left out and counted.
 */
int linebuild_resolve(struct linebuild *build, bool drop, size_t *dropped,
    struct err *err) MUST_CHECK;

void linebuild_release(struct linebuild *build);

#endif /* FORMATS_LINEBUILD_H */
