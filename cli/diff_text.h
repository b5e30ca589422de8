/*
 * diff_text.h - differences for people and as JSON Lines.
 */
#ifndef CLI_DIFF_TEXT_H
#define CLI_DIFF_TEXT_H

#include <stdbool.h>

#include "common/buf.h"

struct diff;
struct output;
struct snapshot_info;

struct diff_report {
	const struct diff *diff;
	const struct snapshot_info *before, *after;
	bool is_live;       /* after is the cluster now */
	struct buf restore; /* the line of a group begins with this */
};

/* 3 where something could not be compared, else 0. */
int diff_text_status(const struct diff *diff);

/* The groups that differ, worst first, with the lines that plan a restore of
 * those that are hurt; the totals last.  One line where nothing differs. */
void diff_text_print(const struct diff_report *report, struct output *out);

/* The same; the README has the schema. */
void diff_text_json(const struct diff_report *report, struct output *out);

#endif /* CLI_DIFF_TEXT_H */
