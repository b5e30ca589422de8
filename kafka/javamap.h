/*
 * javamap.h - from the properties of a Java client to those of librdkafka.
 */
#ifndef KAFKA_JAVAMAP_H
#define KAFKA_JAVAMAP_H

#include "common/compiler.h"
#include "common/err.h"

struct buf;
struct javaprops;
struct kafka_settings;

/*
 * Carry over what means the same.  What cannot be carried over and decides
 * about security is refused (ERR_USAGE), with a way out as the hint; what only
 * tunes a Java client is passed over, with a line in notes (may be NULL).
 */
int javamap_apply(const struct javaprops *props, const char *what,
    struct kafka_settings *settings, struct buf *notes,
    struct err *err) MUST_CHECK;

#endif /* KAFKA_JAVAMAP_H */
