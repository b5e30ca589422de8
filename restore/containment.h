/*
 * containment.h - whether what one selection takes is surely taken by another.
 */
#ifndef RESTORE_CONTAINMENT_H
#define RESTORE_CONTAINMENT_H

#include <stdbool.h>

struct selection;

/*
 * True when every group (topic) that inner can take is taken by outer: outer
 * takes everything, or has each of inner's patterns, or a glob of plain
 * characters and * that includes it.  False where that cannot be shown, which
 * costs a look at more snapshots and never a wrong answer.
 */
bool containment_of_groups(
    const struct selection *outer, const struct selection *inner);
bool containment_of_topics(
    const struct selection *outer, const struct selection *inner);

#endif /* RESTORE_CONTAINMENT_H */
