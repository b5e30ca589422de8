/*
 * freeze.h - keeping the cleaner away from the offsets topic: what a freeze
 * records, and what is to be done about what the topic is set to now.  Pure.
 *
 * The cleaner may only touch records that are older than min.compaction.lag.ms
 * (kafka.md 4, LogCleanerManager.scala).  With the greatest value there is none
 * is: also what is older than any lag that somebody would think of.
 *
 * A record is kept before the setting is changed, so a freeze that was killed
 * left one, and the setting may be changed or not.  Both show in the value.
 */
#ifndef RESTORE_FREEZE_H
#define RESTORE_FREEZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/env.h"
#include "common/err.h"

#define FREEZE_SETTING "min.compaction.lag.ms"
#define FREEZE_VALUE "9223372036854775807"
/* What must not be smaller than that. */
#define FREEZE_LIMIT "max.compaction.lag.ms"

#define FREEZE_VALUE_MAX 20    /* 19 digits and the NUL */
#define FREEZE_CLUSTER_MAX 256 /* with the NUL */
#define FREEZE_SIZE_MAX 4096   /* of an encoded record */

/* What the topic is set to.  Where nothing is set on the topic itself, the text
 * is what holds then: the broker's setting, or the default. */
struct freeze_value {
	bool own;
	char text[FREEZE_VALUE_MAX];
};

/* A whole number from 0 on; else ERR_UNSUPPORTED. */
int freeze_value_set(struct freeze_value *out, bool own, struct bytes text,
    struct err *err) MUST_CHECK;

/* The same setting?  Of what is not set the text does not matter. */
bool freeze_value_equal(
    const struct freeze_value *left, const struct freeze_value *right);

/* What a freeze sets. */
struct freeze_value freeze_value_frozen(void);

struct freeze_record {
	char id[ENV_ID_MAX];
	int64_t at_ms;
	char cluster_id[FREEZE_CLUSTER_MAX];
	struct freeze_value before;
};

/* A new one, now.  ERR_UNSUPPORTED for a cluster id that is too long. */
int freeze_record_make(const char *cluster_id,
    const struct freeze_value *before, const struct env *env,
    struct freeze_record *out, struct err *err) MUST_CHECK;

/* One line of JSON with the hash of the rest in it.  What decodes is, byte for
 * byte, what encode made; anything else is ERR_CORRUPT, and a newer version
 * ERR_UNSUPPORTED. */
void freeze_record_encode(const struct freeze_record *record, struct buf *out);
int freeze_record_decode(
    struct bytes text, struct freeze_record *out, struct err *err) MUST_CHECK;

/* How a freeze ended. */
enum freeze_end {
	FREEZE_END_PUT_BACK,   /* the value before was put back */
	FREEZE_END_WAS_SO,     /* it was there already */
	FREEZE_END_SUPERSEDED, /* another freeze began from what was found */
};

/* One line of JSON, for whoever reads the repository: that it ended is known
 * by the key. */
void freeze_end_encode(const struct freeze_record *record, enum freeze_end end,
    const struct freeze_value *found, int64_t at_ms, struct buf *out);

/* --- what is to be done ------------------------------------------------ */

enum freeze_step {
	FREEZE_BEGIN,     /* record what is there, and set it */
	FREEZE_GO_ON,     /* it is recorded and not set: an earlier freeze was
			     stopped in between */
	FREEZE_IS_FROZEN, /* by an earlier freeze; its record stays */
	FREEZE_BY_OTHERS, /* it is set like that, and nobody recorded it */
	FREEZE_CHANGED,   /* an earlier freeze is not thawed, and somebody has
			     changed the value since */
	FREEZE_ANEW,      /* the same, and we begin from that value */
};

/* open: the record of a freeze that was not thawed, NULL: there is none. */
enum freeze_step freeze_decide(const struct freeze_record *open,
    const struct freeze_value *now, bool force_stale);

enum thaw_step {
	THAW_PUT_BACK,
	THAW_WAS_SO,  /* nothing to do but to say that it is thawed */
	THAW_CHANGED, /* neither what the freeze set nor what was before */
	/* Frozen, and the record of it is not here; never decided, for there is
	 * nothing to decide by. */
	THAW_BY_OTHERS,
};

enum thaw_step thaw_decide(const struct freeze_record *open,
    const struct freeze_value *now, bool force_stale);

#endif /* RESTORE_FREEZE_H */
