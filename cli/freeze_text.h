/*
 * freeze_text.h - what a freeze or a thaw came to, and the request that goes to
 * others where the broker denies it.
 */
#ifndef CLI_FREEZE_TEXT_H
#define CLI_FREEZE_TEXT_H

#include <stdbool.h>

struct cluster_view;
struct context;
struct err;
struct freeze_result;

struct freeze_report {
	struct context *context;
	const struct cluster_view *view;
	const struct freeze_result *result;
	bool thaw;
	int status;
};

/* To people, or with --json as one document. */
void freeze_text_print(const struct freeze_report *report);

/* The same for a request; denied is what the broker said. */
void freeze_text_request(
    const struct freeze_report *report, const struct err *denied);

#endif /* CLI_FREEZE_TEXT_H */
