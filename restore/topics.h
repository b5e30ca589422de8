/*
 * topics.h - topics with their ids and log ranges.
 */
#ifndef RESTORE_TOPICS_H
#define RESTORE_TOPICS_H

#include <stddef.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

struct reach;
struct target_topic;

/* names are in order, without doubles; out stands in the same order. */
int topics_read(const struct reach *reach, struct arena *arena,
    const struct bytes *names, size_t count, struct target_topic *out,
    struct err *err) MUST_CHECK;

#endif /* RESTORE_TOPICS_H */
