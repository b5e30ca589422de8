/*
 * modelbuild.h - put a snapshot together from the members of an archive, in
 * the order in which they stand there.
 *
 * What the manifest counted is given beforehand; more than that is refused.
 * Order and everything else that model_check looks at is left to it.
 */
#ifndef FORMATS_MODELBUILD_H
#define FORMATS_MODELBUILD_H

#include <stddef.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"

struct modelbuild;

/*
 * Begin: snapshot->info is filled in, everything else is empty.  size_limit is
 * how many bytes the members that the model needs may have, so that counts
 * which cannot be true are refused before memory is taken for them.  The
 * snapshot stays the caller's.
 */
int modelbuild_new(struct snapshot *snapshot, size_t gone_count,
    uint64_t size_limit, struct modelbuild **out, struct err *err) MUST_CHECK;

/*
 * Take the next member.  Members of unknown names and those that the model
 * does not need (README.txt, offsets/) are passed over.
 */
int modelbuild_member(struct modelbuild *build, const char *name,
    struct bytes content, struct err *err) MUST_CHECK;

/* True for the members that modelbuild_member looks into. */
bool modelbuild_needs(const char *name);

/* All members were given: finish the snapshot and check it. */
int modelbuild_finish(struct modelbuild *build, struct err *err) MUST_CHECK;

void modelbuild_free(struct modelbuild *build);

#endif /* FORMATS_MODELBUILD_H */
