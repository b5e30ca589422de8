/*
 * window.h - the captures of an archive: which there are, and which of them is
 * asked for.  A snapshot in memory is one capture, a moment; its info.window
 * says what archive it is from.
 */
#ifndef FORMATS_WINDOW_H
#define FORMATS_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"

/* All zeroes is the last capture. */
struct capture_choice {
	enum {
		CAPTURE_LAST,
		CAPTURE_NUMBER, /* the one of that number, from 0 */
		CAPTURE_BEFORE, /* the newest that ended at or before at_ms */
		CAPTURE_AFTER,  /* the first that ended after at_ms */
	} how;
	size_t number;
	int64_t at_ms;
};

/* The number of the capture that is asked for; ERR_NOT_FOUND if there is
 * none. */
int window_choose(const struct snapshot_window *window,
    const struct capture_choice *choice, size_t *number,
    struct err *err) MUST_CHECK;

/* Let info be of that capture: its times, its holes, completeness. */
void window_select(struct snapshot_info *info, size_t number);

/* Make a snapshot whose counts are right a window of its own. */
void window_of_one(struct snapshot *snapshot);

/* Leave the time index of topics out that the moment does not have: it is that
 * of the whole window. */
void window_drop_times(struct snapshot *snapshot);

/* ERR_CORRUPT where the window contradicts itself or the moment. */
int window_check(const struct snapshot_info *info, struct err *err) MUST_CHECK;

#endif /* FORMATS_WINDOW_H */
