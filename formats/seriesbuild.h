/*
 * seriesbuild.h - the logs of topics through a window, from the lines of
 * topics/.  For archive_series.c.
 */
#ifndef FORMATS_SERIESBUILD_H
#define FORMATS_SERIESBUILD_H

#include <stddef.h>

#include "common/compiler.h"
#include "common/err.h"
#include "formats/archive_ranges.h"
#include "formats/columns.h"
#include "formats/topicline.h"

/* out, whose info is there, and names are set by the caller; the rest begins as
 * zeroes. */
struct seriesbuild {
	struct window_series *out;
	const struct archive_names *names;
	bool open; /* the last topic may go on ... */
	int64_t next_part;
	struct partition_series *partitions; /* of it */
	size_t count;
	size_t capacity;
	size_t left; /* so many numbers may still come */
	struct topicline line;
	struct columns numbers;
	struct columns starts;
	struct columns ends;
};

void seriesbuild_begin(struct seriesbuild *build);

/* Matches archive_ranges_fn. */
int seriesbuild_member(void *context, enum member_kind kind,
    struct bytes content, struct err *err) MUST_CHECK;

/* There are no more members: check what there is. */
int seriesbuild_finish(struct seriesbuild *build, struct err *err) MUST_CHECK;
void seriesbuild_release(struct seriesbuild *build);

#endif /* FORMATS_SERIESBUILD_H */
