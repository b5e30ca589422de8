/*
 * plan.h - a restore as a thing that can be read, compared and reviewed: for
 * each position where the group stands now, where it will stand, and the rule
 * that decided.  Built by a pure function from what the snapshots say and what
 * the cluster is; the file form is plancodec.h.
 *
 * Order is by raw bytes: groups by name, rows by topic and partition, so that
 * two plans differ only where they do.
 */
#ifndef RESTORE_PLAN_H
#define RESTORE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/encoding.h"
#include "common/env.h"
#include "formats/model.h"
#include "restore/expiry.h"
#include "restore/kind.h"

struct brackets;
struct direct;
struct lookups;
struct policy;
struct policyrules;
struct target;
struct topicspecs;

enum plan_action {
	PLAN_COMMIT, /* the position will be written */
	PLAN_SAME,   /* it stands there already; read back all the same */
	PLAN_LEAVE,  /* nothing to restore there, nothing is done */
	PLAN_SKIP,   /* asked for and not possible; policy lets it pass */
	PLAN_REFUSE, /* a rule forbids it */
	PLAN_REMOVE, /* the position will be taken away: an undo */
};

/*
 * Why: one for each row of design section 5, and what can be wrong besides.
 * The word (plan_rule_text) stands in plans; append, never rename.
 */
enum plan_rule {
	RULE_NONE,
	/* Rows that go. */
	RULE_NO_POSITION_NOW, /* the group has none there now */
	RULE_BACKWARD,        /* records will be read again */
	RULE_SAME,            /* offset and metadata are what was captured */
	RULE_METADATA,        /* the offset is, the metadata is not */
	/* Rows that stay. */
	RULE_NO_POSITION_THEN, /* the partition was there, unread */
	/* Rows that strict refuses. */
	RULE_NOT_CAPTURED,      /* a hole, or no capture read the group */
	RULE_PARTITION_CREATED, /* after the time: not in the snapshot */
	RULE_TOPIC_MISSING,
	RULE_TOPIC_RECREATED,
	RULE_PARTITION_MISSING,
	RULE_BELOW_LOG_START,
	RULE_ABOVE_LOG_END,
	RULE_FORWARD, /* past records that nothing shows it had read */
	RULE_NEGATIVE,
	RULE_TOPIC_DENIED,
	RULE_LOG_UNKNOWN, /* the log range could not be read */
	RULE_NOW_UNKNOWN, /* where the group stands could not be read */
	RULE_OPEN_TRANSACTION,
	RULE_NAME_UNSUPPORTED, /* a NUL in it: librdkafka takes C strings */
	/* Of a whole group. */
	RULE_MEMBERS,
	RULE_MEMBERS_UNKNOWN,
	RULE_SHARE_GROUP,
	RULE_SIMPLE_MOVED,  /* a simple group that moves */
	RULE_NO_SUCH_GROUP, /* neither then nor now */
	/* Rows that go, too. */
	RULE_FORWARD_ALLOWED,   /* past records, as was asked for */
	RULE_FORWARD_COMMITTED, /* to where the group itself had committed */
	RULE_NO_RECORD,         /* none at or after the time: the log end */
	/* Rows that are refused, too. */
	RULE_TIME_HOLE,        /* a lookup by time that cannot be believed */
	RULE_NO_POSITION_HERE, /* none now to shift, or to keep */
	RULE_NOT_A_NUMBER,     /* beyond what an offset can be */
	RULE_LIMIT,            /* of a group: --max-reread or --max-skip */
	RULE_SHARE_SKIPPED,    /* of a group that is passed over */
	/* Of an undo. */
	RULE_UNDO,        /* back to what was there before */
	RULE_STALE,       /* somebody moved it since */
	RULE_OTHER_COUNT, /* the copy of a topic has other partitions */
	/* Of a touch: what stands there is committed again. */
	RULE_TOUCH,
	RULE_FUTILE,        /* a commit does not restart the clock */
	RULE_CLOCK_UNKNOWN, /* whether it does cannot be told */
	RULE_PINNED,        /* an old client's expiry is later, and would end */
	RULE_COUNT,
};

/* What is, or will be, committed. */
struct plan_value {
	bool present;
	int64_t offset;
	int32_t epoch; /* -1: none */
	struct bytes metadata;
};

/* One end of a bracket. */
struct plan_end {
	bool known;
	bool is_now; /* the cluster when the plan was made */
	bool present;
	int64_t offset;
	int64_t time_ms;
	char snapshot_id[ENV_ID_MAX]; /* "" for now */
};

struct plan_row {
	struct bytes topic;
	int32_t partition;
	/* The number was one of another topic: an estimate. */
	bool renamed;
	struct bytes from;
	bool has_topic_id; /* the target's, compared again by apply */
	uint8_t topic_id[UUID_SIZE];
	struct plan_value now;
	struct plan_value planned; /* also of refused rows, where known */
	enum plan_action action;
	enum plan_rule rule;
	struct plan_end low, high;
	bool moved_back;  /* the upper end is a smaller number: an estimate */
	int64_t reread;   /* records that will be read again */
	int64_t skip;     /* records that would be passed over */
	const char *text; /* one line for people, "" */
};

struct plan_member {
	struct bytes client_id;
	struct bytes host;
};

/* Members shown of one group; the count is of all. */
#define PLAN_MEMBERS_MAX 100

struct plan_group {
	struct bytes name;
	bool renamed; /* it gets the positions of another group */
	struct bytes from;
	bool exists; /* when the plan was made */
	bool watch;  /* consumers may be invisible: its positions are read
		      * again --settle later (contract 3) */
	enum group_type type;
	const char *state;
	const char *protocol_type;
	struct plan_member *members;
	size_t shown_count;
	size_t member_count;
	/* What forbids the group as a whole, as of now: members are looked at
	 * again by apply, which may wait for them. */
	enum plan_rule refused;
	const char *text;     /* "" */
	enum group_kind kind; /* what reads through it: kind.h */
	const char *hint;     /* what to know about that; "" */
	enum expiry_clock expiry;
	/* A share group is passed over, not refused: only the commit shows that
	 * a group is one where the listing hides it. */
	bool skip_share;
	bool remove; /* the group itself goes: it was not there before */
	struct plan_row *rows;
	size_t row_count;
};

#define PLAN_TEXT_MAX 256

struct plan {
	struct arena arena;
	char id[ENV_ID_MAX];
	int64_t created_ms; /* when positions began to be read */
	char cluster_id[PLAN_TEXT_MAX];
	/* Which of the two questions of design section 2 it answers,
	 * "committed" or "log-time"; or what was asked for: "shift-by -5". */
	char question[32];
	char policy[PLAN_TEXT_MAX];
	char writer[PLAN_TEXT_MAX];
	bool has_at;   /* no snapshot was named */
	int64_t at_ms; /* the time asked for, the snapshot's end, or now */
	char snapshot_id[ENV_ID_MAX]; /* "" with a time */
	char undoes[ENV_ID_MAX];      /* the plan that is undone, or "" */
	int64_t recorded_ms; /* of a record: when its apply began; else 0 */
	/* Groups that the patterns mean may be missing here: no snapshot
	 * settles which there were. */
	bool names_open;
	bool skip_share_groups;     /* where a group does not say */
	struct retention retention; /* of positions on the cluster */
	struct plan_group *groups;
	size_t group_count;
};

struct plan_options {
	const char *cluster_id;
	const char *writer;
	const struct env *env; /* for the id */
	const struct policy *policy;
	const struct policyrules *rules; /* on top of it; NULL: none */
	/* What has to be asked by time is added here; where that was read, what
	 * it says is used.  Rows that wait for it are refused for the time
	 * being: read it, then build again. */
	struct lookups *lookups;
	const struct topicspecs *topics; /* partitions asked for */
	struct retention retention;
};

/* Build from what captures say.  Takes copies. */
void plan_build(const struct brackets *brackets, const struct target *target,
    const struct plan_options *options, struct plan *out);

/* Build by a strategy that needs none. */
void plan_build_direct(const struct direct *direct, const struct target *target,
    const struct plan_options *options, struct plan *out);

/*
 * Build what undoes a plan, from its record: its rows have in now what was
 * there before.  What stands neither where the plan put it nor there is refused
 * with its whole group (RULE_STALE); force_stale overrides that.
 */
void plan_build_undo(const struct plan *record, const struct target *target,
    const struct plan_options *options, bool force_stale, struct plan *out);

/*
 * Build what restarts the clocks of positions (touch.h).
 */
struct touch;
void plan_build_touch(const struct touch *touch, const struct target *target,
    const struct plan_options *options, struct plan *out);

void plan_release(struct plan *plan);

/* The topics that rows may be about, besides those with positions now: what
 * target_read has to ask for.  Sorted, each once; free with free(). */
struct bytes *plan_topics(const struct brackets *brackets, size_t *count);

struct plan_totals {
	size_t groups, rows;
	size_t commits; /* removals, too */
	size_t same, left, skipped, refused;
	size_t refused_groups, skipped_groups;
	size_t moved_back;
	int64_t reread, skip; /* of rows that will be written */
};
void plan_count(const struct plan *plan, struct plan_totals *out);
void plan_count_group(const struct plan_group *group, struct plan_totals *out);

/* 5 with a group that was moved since, 4 with anything refused, 3 with anything
 * skipped or with names open, else 0: what an apply that goes well would end
 * with. */
int plan_exit_status(const struct plan *plan);

/* True when apply has something to write, or to read back, in this group. */
bool plan_group_has_work(const struct plan_group *group);

/* Is something to be written, or taken away?  And is that, or reading back, to
 * be done? */
bool plan_row_changes(const struct plan_row *row);
/* A group that is refused takes its rows with it. */
enum plan_action plan_row_action(
    const struct plan_group *group, const struct plan_row *row);
bool plan_row_is_work(const struct plan_row *row);

/* It is to be committed although it stands there already. */
bool plan_row_is_touch(const struct plan_row *row);

/* What is there stays: there is nothing to prove, and nothing to undo. */
bool plan_is_touch(const struct plan *plan);

/* Whether a row is work there.  Takes time in the number of rows. */
bool plan_works_on(
    const struct plan *plan, struct bytes topic, int32_t partition);

const char *plan_action_text(enum plan_action action);
bool plan_action_parse(struct bytes text, enum plan_action *out) MUST_CHECK;
const char *plan_rule_text(enum plan_rule rule);
bool plan_rule_parse(struct bytes text, enum plan_rule *out) MUST_CHECK;

#endif /* RESTORE_PLAN_H */
