/*
 * capture_choice.h - what snapshot and agent have in common: the options of a
 * capture, and the snapshot before it.
 */
#ifndef CLI_CAPTURE_CHOICE_H
#define CLI_CAPTURE_CHOICE_H

#include "common/compiler.h"
#include "common/err.h"
#include "snapshot/sampler.h"
#include "storage/repo.h"

struct context;

/* All but the source.  What a capture shows of itself while it runs is left to
 * the caller. */
int capture_choice_options(struct context *context,
    struct capture_options *options, struct err *err) MUST_CHECK;

/*
 * Load what captures of this cluster, scope and selection go on from; out stays
 * empty where there is none.  One that cannot be read costs the comparison, not
 * the capture: that would lose today's positions over yesterday's damage.
 */
int capture_choice_before(struct context *context, struct repo *repo,
    const struct sampler_identity *identity, struct capture_before *out,
    struct err *err) MUST_CHECK;

#endif /* CLI_CAPTURE_CHOICE_H */
