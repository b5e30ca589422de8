/*
 * holeline.h - lines of holes/NNNNN.jsonl and gone/NNNNN.jsonl: what could not
 * be read, and what the previous snapshot had and this one has not.
 *
 *	{"kind":"position","group":"g","topic":"t","partition":3,
 *	 "broker":1,"error":16,"captures":"0","text":"coordinator moved"}
 *	{"group":"g","topic":"t","partition":3,"offset":17}
 *
 * group, topic, partition, broker and error are left out where there is none.
 * captures are the numbers of the captures that the hole is in, from 0:
 * "0 3-17".  capture is the first from which on something is gone, left out: 0.
 */
#ifndef FORMATS_HOLELINE_H
#define FORMATS_HOLELINE_H

#include "common/arena.h"
#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"

/* captures as they stand in the line. */
void holeline_add(
    const struct hole *hole, const char *captures, struct buf *out);

/* Read a line; *present tells whether the hole is in the moment that window is
 * of. */
int holeline_parse(struct bytes text, const struct snapshot_window *window,
    struct arena *arena, struct hole *out, bool *present,
    struct err *err) MUST_CHECK;

/* Likewise for what is gone from that capture on. */
void holeline_add_gone(
    const struct gone *gone, size_t capture, struct buf *out);
int holeline_parse_gone(struct bytes text, const struct snapshot_window *window,
    struct arena *arena, struct gone *out, bool *present,
    struct err *err) MUST_CHECK;

#endif /* FORMATS_HOLELINE_H */
