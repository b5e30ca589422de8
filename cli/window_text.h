/*
 * window_text.h - the captures of a window for people and as JSON.
 */
#ifndef CLI_WINDOW_TEXT_H
#define CLI_WINDOW_TEXT_H

#include <jansson.h>
#include <stdint.h>

#include "formats/model.h"

struct output;

/* How many of the captures have holes. */
size_t window_text_partial(const struct snapshot_window *window);

/* The time from the begin of one capture to that of the next, in the middle:
 * as many are further apart as closer together; -1: there is only one. */
int64_t window_text_interval(const struct snapshot_window *window);

/* A line of show's header; nothing for a window of one capture. */
void window_text_print(
    const struct snapshot_window *window, struct output *out);

json_t *window_text_json(const struct snapshot_window *window);

#endif /* CLI_WINDOW_TEXT_H */
