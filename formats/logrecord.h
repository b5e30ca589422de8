/*
 * logrecord.h - a record of a partition's log as whoever reads it hands it on:
 * a consumer (kafka/offsets_topic.h), a segment file (segment.h).
 */
#ifndef FORMATS_LOGRECORD_H
#define FORMATS_LOGRECORD_H

#include <stdint.h>

#include "common/bytes.h"

struct log_record {
	int32_t partition;
	int64_t offset;
	int64_t timestamp_ms; /* -1: none */
	struct bytes key;     /* data NULL: none */
	struct bytes value;   /* data NULL: a tombstone */
};

/* Called for each record; its bytes are valid during the call. */
typedef void log_record_fn(void *context, const struct log_record *record);

#endif /* FORMATS_LOGRECORD_H */
