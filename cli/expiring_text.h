/*
 * expiring_text.h - what expiring found, for people, as JSON, and as a file for
 * Prometheus.
 */
#ifndef CLI_EXPIRING_TEXT_H
#define CLI_EXPIRING_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "snapshot/expiring.h"

struct buf;
struct output;

struct expiring_report {
	struct arena arena; /* of the troubles */
	struct expiring expiring;
	const char *cluster_id;
	int64_t now_ms;
	int64_t within_ms;
	int64_t retention_ms;
	const char *retention_source; /* "broker", "option"; "default": it is
				       * an assumption */
	bool is_bound;         /* by snapshots, not by the offsets topic */
	size_t capture_count;  /* that the bounds are out of */
	const char **troubles; /* what could not be read, a line each */
	size_t trouble_count;
};

void expiring_text_print(
    const struct expiring_report *report, struct output *out);

/* A line for each position, and one for the whole. */
void expiring_text_json(
    const struct expiring_report *report, struct output *out);

/* In Prometheus' text format. */
void expiring_metrics(const struct expiring_report *report, struct buf *out);

#endif /* CLI_EXPIRING_TEXT_H */
