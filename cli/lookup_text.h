/*
 * lookup_text.h - what lookup found, for people and as JSON.
 */
#ifndef CLI_LOOKUP_TEXT_H
#define CLI_LOOKUP_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "restore/timeindex.h"
#include "restore/timelookup.h"

struct output;

struct lookup_result {
	struct bytes topic;
	int32_t partition;
	bool by_time; /* offsets were asked for; else times */
	int64_t time_ms;
	int64_t offset;
	struct timeindex_life life;
	struct timeindex_answer observed;
	struct timeindex_answer record_time;
	struct timeindex_lie lie;
	struct timelookup_report report;
};

void lookup_text_print(const struct lookup_result *result, struct output *out);
void lookup_text_json(const struct lookup_result *result, struct output *out);

#endif /* CLI_LOOKUP_TEXT_H */
