/*
 * windowbuild.h - an open window: captures go in one after the other, and at
 * any time all of them together are written as one archive.
 *
 * Memory grows with what changes from capture to capture, not with captures
 * times positions.
 */
#ifndef FORMATS_WINDOWBUILD_H
#define FORMATS_WINDOWBUILD_H

#include <stddef.h>

#include "common/buf.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"

struct windowbuild;

/* Why a capture cannot be of the window and has to begin another one. */
enum window_verdict {
	WINDOW_TAKEN,     /* it is the window's last capture now */
	WINDOW_OTHER,     /* cluster, scope, selection or source is another */
	WINDOW_CLOCK,     /* it begins before the last one's end */
	WINDOW_DAY,       /* it begins on a later day (UTC) than the first */
	WINDOW_FULL,      /* LIMIT_CAPTURES */
	WINDOW_RECREATED, /* a topic of that name has another id */
	WINDOW_RETURNED,  /* what is in gone/ is there again */
	WINDOW_LINE,      /* a line would be over LIMIT_LINE */
};

const char *window_verdict_text(enum window_verdict verdict);

/*
 * Begin with a sorted, counted snapshot of one capture, which is borrowed only
 * during the call.  Its id, `previous` and reason are the window's.
 */
struct windowbuild *windowbuild_new(const struct snapshot *first) MUST_CHECK;
void windowbuild_free(struct windowbuild *window);

/* Add the next capture, a sorted, counted snapshot that is borrowed only during
 * the call.  Unless it is taken the window is as it was. */
enum window_verdict windowbuild_add(
    struct windowbuild *window, const struct snapshot *capture) MUST_CHECK;

/*
 * Append the archive of all captures to out; info is what its manifest says,
 * of the last capture, and borrowed from the window until that changes.  The
 * window stays open: this is for every flush.
 */
int windowbuild_encode(const struct windowbuild *window, struct buf *out,
    struct snapshot_info *info, struct err *err) MUST_CHECK;

/* How many captures there are, and how much memory they take. */
size_t windowbuild_count(const struct windowbuild *window);
size_t windowbuild_memory(const struct windowbuild *window);

/*
 * Give memory back: drop every second capture from that number on, but not the
 * first and the last of all.  Returns how many of the first mark captures stay.
 */
size_t windowbuild_thin(struct windowbuild *window, size_t from, size_t mark);

#endif /* FORMATS_WINDOWBUILD_H */
