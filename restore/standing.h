/*
 * standing.h - the topics that groups have positions in now, asked before their
 * snapshots are opened: a part of a snapshot is read for what is in it, and a
 * topic first read after the capture is not named by the groups in there.
 */
#ifndef RESTORE_STANDING_H
#define RESTORE_STANDING_H

#include <stddef.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "restore/nameset.h"

struct census;
struct reach;

/* All zeroes is an empty one; sorted, each once. */
struct standing {
	struct arena arena;
	struct nameset topics;
};

/*
 * Read it for groups of these names, each once.  What a coordinator does not
 * tell is not there: rules then refuse rather than leave (contract 4).  No open
 * transaction is waited for.
 */
int standing_read(const struct reach *reach, const struct census *census,
    const struct bytes *groups, size_t count, struct standing *out,
    struct err *err) MUST_CHECK;
void standing_release(struct standing *standing);

#endif /* RESTORE_STANDING_H */
