/*
 * members.h - who is in groups now, asked of their coordinators.
 */
#ifndef RESTORE_MEMBERS_H
#define RESTORE_MEMBERS_H

#include <stddef.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

struct reach;
struct target_group;

/* Fill in type, state and members of groups that have their name and
 * listed_by; what the listing knew stays where this cannot tell.  Unlisted
 * ones that do not exist are not asked. */
int members_read(const struct reach *reach, struct arena *arena,
    struct target_group *groups, size_t count, struct err *err) MUST_CHECK;

/* "2 members: billing-1 (/10.0.0.7), billing-2 (/10.0.0.8)": client ids and
 * hosts, escaped, at most ten.  In the arena. */
const char *members_text(struct arena *arena, const struct target_group *group);

#endif /* RESTORE_MEMBERS_H */
