/*
 * rescue_list.h - what rescue list prints: groups, positions or commits, and
 * the lines that bring back what can be.
 */
#ifndef CLI_RESCUE_LIST_H
#define CLI_RESCUE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/rescue_read.h"

struct context;
struct selector;

struct rescue_list {
	struct context *context;
	struct rescue_reading *reading;
	/* Those asked for, newest first. */
	const struct rescue_finding **findings;
	size_t count;
	const struct selector *selector;
	size_t missing_count; /* named, and no record names them */
	bool by_position;     /* not by group */
	int64_t since_ms;     /* of commits: only from then on */
};

void rescue_list_print(const struct rescue_list *list);
void rescue_list_json(const struct rescue_list *list);

/* Every commit that was kept. */
void rescue_list_print_history(const struct rescue_list *list);
void rescue_list_json_history(const struct rescue_list *list);

#endif /* CLI_RESCUE_LIST_H */
