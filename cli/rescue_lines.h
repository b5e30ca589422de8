/*
 * rescue_lines.h - findings by group and reason, and the lines that bring back
 * what can be.
 */
#ifndef CLI_RESCUE_LINES_H
#define CLI_RESCUE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapshot/rescuefind.h"

struct context;

/* What befell a group, of one reason. */
struct rescue_line {
	const struct ledger_group *group;
	enum rescue_why why;
	bool is_sure;       /* of all of them */
	int64_t first_ms;   /* when that was */
	int64_t last_ms;    /* ... of the last, by which lines are ordered */
	int64_t commit_ms;  /* the newest of what they held, -1: not known */
	size_t count;       /* positions */
	size_t known_count; /* ... whose value is known */
	/* All count of them, by topic and partition. */
	const struct rescue_finding *const *findings;
};

struct rescue_lines {
	struct rescue_line *list; /* newest first */
	size_t count;
	const struct rescue_finding **findings;
};

void rescue_lines_make(const struct rescue_finding *const *findings,
    size_t count, struct rescue_lines *out);
void rescue_lines_release(struct rescue_lines *lines);

/* The moment as of which a snapshot holds all that a line lost; false where no
 * one time does: what it held last then is the way. */
bool rescue_line_time(const struct rescue_line *line, int64_t *at_ms);

/* The lines to paste. */
void rescue_lines_print(
    struct context *context, const struct rescue_lines *lines);

#endif /* CLI_RESCUE_LINES_H */
