/*
 * groupseries.h - the groups of a window of several captures, as one of these
 * captures saw them.  For groupbuild.c and linebuild.c.
 */
#ifndef FORMATS_GROUPSERIES_H
#define FORMATS_GROUPSERIES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/groupbuild.h"
#include "formats/topicbuild.h"

/* Let the group that was opened be as the capture has it, or absent. */
int groupseries_take_group(
    struct groupbuild *build, struct group *group, struct err *err) MUST_CHECK;

/* Let the last count positions, which are as they were first, be as the capture
 * has them; those that it has not are dropped. */
int groupseries_take(struct groupbuild *build, struct bytes series,
    size_t count, struct err *err) MUST_CHECK;

/* See linebuild_resolve. */
int groupseries_resolve(struct groupbuild *build,
    const struct topicbuild *topics, bool drop, size_t *dropped,
    struct err *err) MUST_CHECK;

#endif /* FORMATS_GROUPSERIES_H */
