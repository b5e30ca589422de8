/*
 * grouptype.h - type and state of groups that were given by name, where no
 * listing tells them.
 */
#ifndef SNAPSHOT_GROUPTYPE_H
#define SNAPSHOT_GROUPTYPE_H

#include "common/compiler.h"
#include "common/err.h"

struct capture_state;

/* Ask once; what is not told stays unknown, which is no hole.  Fails only when
 * the capture must end. */
int grouptype_ask(struct capture_state *state, struct err *err) MUST_CHECK;

#endif /* SNAPSHOT_GROUPTYPE_H */
