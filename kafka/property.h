/*
 * property.h - what librdkafka properties there are, and which of them are
 * this program's own or secret.  For settings.c.
 */
#ifndef KAFKA_PROPERTY_H
#define KAFKA_PROPERTY_H

#include <stdbool.h>

#include "common/compiler.h"
#include "common/err.h"

/*
 * Check one property and its value as librdkafka itself does: ERR_USAGE, with
 * the nearest right name as a hint where there is one, and never with the
 * value of a secret.
 */
int property_check(
    const char *name, const char *value, struct err *err) MUST_CHECK;

/* The one name of a property that has several ("metadata.broker.list" is
 * "bootstrap.servers"), or the name itself. */
const char *property_canonical(const char *name) RETURNS_NONNULL;

bool property_is_secret(const char *name);

#endif /* KAFKA_PROPERTY_H */
