/*
 * diffrow.h - what became of one position between two readings.  Pure.
 */
#ifndef RESTORE_DIFFROW_H
#define RESTORE_DIFFROW_H

#include <stdbool.h>

struct arena;
struct diff_row;
struct diffview;
struct diffview_group;

/* One reading of the row's group. */
struct diffrow_side {
	const struct diffview *view;
	const struct diffview_group *group;
};

struct diffrow_input {
	struct diffrow_side before, after;
	bool topics_asked; /* by patterns: what is left out is not known */
};

/* Fill in a row that has its topic and partition; the text lives in the
 * arena. */
void diffrow_compare(const struct diffrow_input *input, struct arena *arena,
    struct diff_row *row);

#endif /* RESTORE_DIFFROW_H */
