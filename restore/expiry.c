#include "restore/expiry.h"

#include "common/buf.h"
#include "common/timetext.h"
#include "restore/plan.h"
#include "snapshot/lifetime.h"

static const char *const texts[EXPIRY_COUNT] = {
	[EXPIRY_UNTOLD] = "untold",
	[EXPIRY_COMMIT] = "from-commit",
	[EXPIRY_EMPTY] = "from-empty",
	[EXPIRY_EITHER] = "unknown",
};

enum expiry_clock
expiry_clock_of(const struct plan_group *group)
{
	if (!group->exists)
		return EXPIRY_COMMIT;
	switch (lifetime_clock_of(group->type, group->protocol_type)) {
	case LIFETIME_CLOCK_COMMIT:
		return EXPIRY_COMMIT;
	case LIFETIME_CLOCK_EMPTY:
		return EXPIRY_EMPTY;
	case LIFETIME_CLOCK_NONE:
		return EXPIRY_UNTOLD;
	case LIFETIME_CLOCK_EITHER:
	default:
		return EXPIRY_EITHER;
	}
}

static void
add_assumption(struct buf *out, const struct retention *retention)
{
	if (!retention->known)
		buf_add_text(out,
		    " (offsets.retention.minutes is assumed to be Kafka's "
		    "default: no broker tells it)");
}

void
expiry_add_planned(
    struct buf *out, enum expiry_clock clock, const struct retention *retention)
{
	char length[DURATION_TEXT_MAX];

	buf_add_format(out, "what is written lives for %s",
	    duration_format(retention->ms, length));
	if (clock == EXPIRY_COMMIT)
		buf_add_text(out, " from then, unless the group reads before");
	else if (clock == EXPIRY_EMPTY)
		buf_add_text(out,
		    " at the latest, if the group became empty just now: Kafka "
		    "counts from when it became empty; start its consumers "
		    "before, or delete the group first (its other positions "
		    "go, too) and restore into none");
	else
		buf_add_text(out,
		    " at the latest: whether Kafka counts from then, or from "
		    "when the group became empty, cannot be told");
	add_assumption(out, retention);
}

void
expiry_add_written(struct buf *out, enum expiry_clock clock,
    const struct retention *retention, int64_t written_ms)
{
	char end[TIME_RFC3339_MAX];

	buf_add_format(out, "written offsets live until %s",
	    time_format(expiry_end_ms(retention, written_ms), end));
	if (clock == EXPIRY_COMMIT)
		buf_add_text(out, " unless the group reads before");
	else if (clock == EXPIRY_EMPTY)
		buf_add_text(out,
		    " at the latest, if the group became empty just now: Kafka "
		    "counts from when it became empty; start its consumers "
		    "before");
	else
		buf_add_text(out,
		    " at the latest: whether Kafka counts from the commit, or "
		    "from when the group became empty, cannot be told");
	add_assumption(out, retention);
}

int64_t
expiry_end_ms(const struct retention *retention, int64_t written_ms)
{
	return retention->ms < TIME_LAST_MS - written_ms
	    ? written_ms + retention->ms
	    : TIME_LAST_MS;
}

const char *
expiry_text(enum expiry_clock clock)
{
	return texts[clock];
}

bool
expiry_parse(struct bytes text, enum expiry_clock *out)
{
	for (size_t i = 0; i < EXPIRY_COUNT; i++)
		if (bytes_equal_text(text, texts[i])) {
			*out = (enum expiry_clock)i;
			return true;
		}
	return false;
}
