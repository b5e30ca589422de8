/*
 * retention.h - how long the cluster keeps positions: offsets.retention.minutes
 * of a broker.  Each has its own, and they are taken to agree.
 */
#ifndef RESTORE_RETENTION_H
#define RESTORE_RETENTION_H

#include "common/compiler.h"
#include "common/err.h"
#include "restore/expiry.h"

struct reach;

/*
 * Ask a few brokers until one tells; where none does, Kafka's default of 7 days
 * is assumed and marked so.  Fails on interruption only.
 */
int retention_read(const struct reach *reach, struct retention *out,
    struct err *err) MUST_CHECK;

#endif /* RESTORE_RETENTION_H */
