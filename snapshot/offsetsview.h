/*
 * offsetsview.h - who coordinates which groups: the leaders and leader epochs
 * of the offsets topic, as two brokers tell where there are two.
 */
#ifndef SNAPSHOT_OFFSETSVIEW_H
#define SNAPSHOT_OFFSETSVIEW_H

#include "common/compiler.h"
#include "common/err.h"

struct capture_state;

/*
 * Look again: who the brokers are, what two of them tell of the offsets topic,
 * and the epochs, and settle, confirm or end the era of each partition.  What
 * cannot be told now stays as it was, not confirmed.  Fails only when the
 * capture must end.
 */
int offsetsview_update(struct capture_state *state, struct err *err) MUST_CHECK;

#endif /* SNAPSHOT_OFFSETSVIEW_H */
