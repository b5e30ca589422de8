/*
 * holeline.h - lines of holes/NNNNN.jsonl and gone/NNNNN.jsonl: what could not
 * be read, and what the previous snapshot had and this one has not.
 *
 *	{"kind":"position","group":"g","topic":"t","partition":3,
 *	 "broker":1,"error":16,"captures":"0","text":"coordinator moved"}
 *	{"group":"g","topic":"t","partition":3,"offset":17}
 *
 * group, topic, partition, broker and error are left out where there is none.
 * captures are the numbers of the captures that the hole is in, from 0.
 */
#ifndef FORMATS_HOLELINE_H
#define FORMATS_HOLELINE_H

#include "common/arena.h"
#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"

void holeline_add(const struct hole *hole, struct buf *out);
int holeline_parse(struct bytes text, struct arena *arena, struct hole *out,
    struct err *err) MUST_CHECK;

void holeline_add_gone(const struct gone *gone, struct buf *out);
int holeline_parse_gone(struct bytes text, struct arena *arena,
    struct gone *out, struct err *err) MUST_CHECK;

#endif /* FORMATS_HOLELINE_H */
