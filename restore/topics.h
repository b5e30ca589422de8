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

struct log_interest;
struct reach;
struct target_topic;

struct topics_request {
	const struct bytes *names; /* in order, without doubles */
	size_t count;
	const struct log_interest *interest;
};

/* out has room for them and stands in the same order. */
int topics_read(const struct reach *reach, struct arena *arena,
    const struct topics_request *request, struct target_topic *out,
    struct err *err) MUST_CHECK;

#endif /* RESTORE_TOPICS_H */
