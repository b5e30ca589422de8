/*
 * windowlines.h - the topics and groups of an open window, written as the lines
 * of an archive.  For windowencode.c.
 */
#ifndef FORMATS_WINDOWLINES_H
#define FORMATS_WINDOWLINES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/memberwrite.h"
#include "formats/model.h"
#include "formats/windowseries.h"

/* The archive being written, and memory for one line of it. */
struct windowlines {
	const struct windowbuild *window;
	struct snapshot_info *info;
	struct memberwrite *writer;
	struct window_series_work series;
	struct buf line;
	struct buf head;
	/* A group or topic as it was first, or is last. */
	struct group group;
	struct arena arena; /* of its metadata */
	size_t topic_capacity;
	struct position *positions;
	size_t position_capacity;
	struct log_range *ranges;
	size_t range_capacity;
	/* Its elements: all texts, and where each ends; then each of them. */
	struct buf texts;
	size_t *ends;
	size_t end_capacity;
	struct bytes *items;
	size_t item_capacity;
};

/* Topics come before groups, whose offsets are predicted from their logs. */
int windowlines_topics(struct windowlines *lines, struct err *err) MUST_CHECK;
int windowlines_groups(struct windowlines *lines, struct err *err) MUST_CHECK;

/* Make lines->group the group as it is now; false if it is gone. */
bool windowlines_last_group(
    struct windowlines *lines, const struct window_group *known) MUST_CHECK;

void windowlines_release(struct windowlines *lines);

#endif /* FORMATS_WINDOWLINES_H */
