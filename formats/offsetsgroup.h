/*
 * offsetsgroup.h - the values of records that tell of a group, its members and
 * what it reads: the larger half of offsetsrecord.h, and for it alone.
 *
 * Each reads what stands behind the version.  False, and nothing changed, when
 * the value is not exactly that.
 */
#ifndef FORMATS_OFFSETSGROUP_H
#define FORMATS_OFFSETSGROUP_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/compiler.h"
#include "formats/offsetsrecord.h"
#include "formats/wire.h"

/* Type 2, and types 3, 11 and 17. */
bool offsetsgroup_classic(struct wire *from, struct arena *arena,
    struct offsets_record *out) MUST_CHECK;
bool offsetsgroup_modern(
    struct wire *from, struct offsets_record *out) MUST_CHECK;

/* Types 5, 10 and 19; the member has its id already. */
bool offsetsgroup_member(struct wire *from, enum group_type group_type,
    struct arena *arena, struct offsets_member *member) MUST_CHECK;

/* Type 23. */
bool offsetsgroup_sources(struct wire *from, struct arena *arena,
    struct offsets_record *out) MUST_CHECK;

#endif /* FORMATS_OFFSETSGROUP_H */
