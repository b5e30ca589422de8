/*
 * capturestate.h - what a capture knows while it runs; for its own files only.
 *
 * How completeness is shown.  Every step (a view of the offsets topic, a
 * listing, a reading of groups) has a number from one counter, the tick.  An
 * era of an offsets partition is a leader and a leader epoch, as two brokers
 * tell; it is settled by a view and confirmed by each later view that shows
 * the same.  Epochs only grow, so what was done with the leader of an era
 * between the view that settled it and one that confirms it was done with the
 * true coordinator: no other had a turn meanwhile, and a frozen broker that
 * thaws is told apart by the others (verified.md 1.5).
 *
 * What has to be done within the era of each offsets partition, in this order:
 *	prove	a read with stable offsets answered: the coordinator has loaded
 *		the partition (before that it leaves its groups out of its
 *		listing, with error 0: verified.md 1.2)
 *	list	its leader listed its groups without error
 *	read	every group known to be in it answered (also before the list)
 * and then a view confirms the era.  Where a view shows another era, all of
 * this is void for that partition, and done again.
 */
#ifndef SNAPSHOT_CAPTURESTATE_H
#define SNAPSHOT_CAPTURESTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapshot/capture.h"
#include "snapshot/nametable.h"
#include "snapshot/selector.h"
#include "snapshot/spotlist.h"

/* An offsets partition through the capture. */
struct era {
	int32_t hint;   /* the leader as last told, settled or not; -1: none */
	int32_t leader; /* as settled; -1: none */
	int32_t epoch;
	uint64_t since;     /* the view that settled it; 0: none has */
	uint64_t confirmed; /* the last view that showed the same */
	uint64_t proven;    /* a stable read was answered ... */
	int32_t proven_by;  /* ... by this broker */
	int error;          /* why the last view did not settle it; 0: told
			       differently */
	/* Of a capture by the offsets topic (topicscan.h). */
	uint64_t scanned;      /* the step before its end was asked for, which
				  has been read up to since; 0: none */
	int scan_error;        /* why it could not be read */
	int64_t held_since_ms; /* a transaction is open (monotonic), 0: no */
	bool asked; /* its groups are asked of their coordinator instead */
};

struct peer {
	int32_t id;
	bool present;    /* in the newest description of the cluster */
	bool silent;     /* the last request to it was not answered */
	uint64_t tried;  /* the round in which a silent one was tried */
	uint64_t listed; /* when it last listed its groups without error */
	size_t listed_count;
	int listing_error; /* of the last listing */
};

struct partition_list {
	struct group_partition *items;
	size_t count;
	size_t capacity;
};

struct position_hole {
	enum hole_kind kind;
	struct bytes topic;
	int32_t partition;
	int error;
};

enum read_stage {
	STAGE_READ,   /* ask for all it has, stable */
	STAGE_ASK,    /* ask by name for known positions that did not come */
	STAGE_PLAIN,  /* read plainly what a transaction holds */
	STAGE_DONE,   /* read; whether that is valid its era tells */
	STAGE_FAILED, /* it will not get better */
};

/* A group in scope. */
struct candidate {
	struct bytes name;
	bool listed;
	enum group_type type;
	const char *state;         /* NULL: nobody told */
	const char *protocol_type; /* NULL: nobody told */
	int64_t state_ms;          /* since when it is in state, -1 */
	int32_t listed_by;         /* -1: nobody */
	int32_t partition; /* of the offsets topic, -1: it is not known */
	bool expected;     /* the previous snapshot had it, or a hole for it */
	const struct group *before;   /* in the previous snapshot, or NULL */
	struct partition_list doubts; /* positions that were holes in it */

	enum read_stage stage;
	struct spotlist spots;
	size_t answered_count;         /* with the topics not asked for */
	struct partition_list missing; /* to ask for by name */
	struct partition_list held;    /* by an open transaction */
	struct position_hole *holes;
	size_t hole_count;
	size_t hole_capacity;
	int64_t held_since_ms; /* monotonic; 0: not held */
	uint64_t read_at;      /* the step that read it; 0: never read */
	int32_t read_from;
	int64_t read_start_ms;
	int64_t read_end_ms;
	int error;            /* of the last try that failed */
	unsigned int refused; /* how often with an error that lasts */
	uint64_t tried;       /* the round of the last try that failed */
};

/* A topic that a position stands on. */
struct topic_state {
	struct bytes name;
	bool taken;          /* by the selection */
	bool used;           /* some position in the snapshot stands on it */
	struct bytes stored; /* the name's copy in the snapshot, when used */
	bool known;          /* described, or known not to exist */
	bool missing;
	int error;
	bool has_id;
	uint8_t id[UUID_SIZE];
	struct log_range *ranges;
	bool *has_start; /* by index of ranges */
	bool *has_end;
	int *range_errors;
	size_t range_count;
};

struct capture_state {
	const struct capture_job *job;
	struct capture_report *report;
	struct selector *selector;
	enum scope scope;
	enum snapshot_source source;
	struct topicscan *scan; /* NULL: the coordinators are asked alone */
	struct arena arena;
	struct nametable groups; /* to struct candidate */
	struct nametable topics; /* to struct topic_state */
	struct nametable words;  /* states and protocol types */
	struct candidate **candidates;
	size_t candidate_count;
	size_t candidate_capacity;

	bool told; /* some view told the state of the offsets topic */
	enum offsets_topic_state topic_state;
	struct era *eras; /* by partition; none unless it was seen */
	size_t era_count;
	uint64_t viewed; /* the last view ... */
	uint64_t agreed; /* ... and the last in which the brokers agreed */

	struct peer *peers;
	size_t peer_count;
	size_t peer_capacity;
	size_t turn; /* which peers the next view asks */

	uint64_t tick;
	uint64_t round;
	uint64_t read_once; /* when every group had been tried once */
	uint64_t legacy_listed;
	int legacy_error;
	size_t answer_count; /* of anything */

	int64_t begin_ms; /* monotonic, as these are */
	int64_t told_ms;  /* when it was told why there is another round */
	int64_t deadline_ms;
	int64_t request_ms;  /* how long one request may take */
	int64_t patience_ms; /* for what may stay so: transactions, topics */
};

/* Begin; fails on a bad pattern.  Released by capturestate_release also then.
 */
int capturestate_init(struct capture_state *state,
    const struct capture_job *job, struct capture_report *report,
    struct err *err) MUST_CHECK;
void capturestate_release(struct capture_state *state);

/* A new step. */
uint64_t capturestate_step(struct capture_state *state);

/* What is left until the deadline, not below 0. */
int64_t capturestate_left_ms(const struct capture_state *state);

/* How long the next request may take, 0 when the time is over. */
int64_t capturestate_request_ms(const struct capture_state *state);

/* Limits for a call of that many requests. */
struct call_limits capturestate_limits(
    const struct capture_state *state, size_t window, int64_t call_ms);

/* Found, or added. */
struct peer *capturestate_peer(
    struct capture_state *state, int32_t id) RETURNS_NONNULL;

/* Whether a peer may be asked now: one that is silent once in a round, so that
 * it cannot eat the time of the others. */
bool capturestate_may_ask(struct capture_state *state, struct peer *peer);

/* Note that a peer answered, or that its request failed on the way. */
void capturestate_heard(struct capture_state *state, int32_t broker, int error);

/* Found, or added with nothing known. */
struct candidate *capturestate_candidate(
    struct capture_state *state, struct bytes name) RETURNS_NONNULL;

/* The group's offsets partition, or NULL where that is not known. */
struct era *capturestate_era(
    const struct capture_state *state, const struct candidate *candidate);

/* The topic, found or added. */
struct topic_state *capturestate_topic(
    struct capture_state *state, struct bytes name) RETURNS_NONNULL;

/* A copy of a state or protocol type that lives as long as the capture. */
const char *capturestate_word(
    struct capture_state *state, const char *text) RETURNS_NONNULL;

/* True when the group was read, by whoever was its coordinator then as far as
 * is known today. */
bool capturestate_is_valid(
    const struct capture_state *state, const struct candidate *candidate);

/* True when a stable read was answered by the leader, within the era. */
bool capturestate_is_proven(const struct era *era);

/* True when the offsets partition was read up to its end within its era. */
bool capturestate_is_scanned(const struct era *era);

/* True when the groups of an offsets partition (-1: not known) are asked of
 * their coordinator. */
bool capturestate_asks(const struct capture_state *state, int32_t partition);

/* True when the scope needs listings of groups. */
bool capturestate_lists(const struct capture_state *state);

/* What to do with a call that failed: -1 when the capture must end, 0 when it
 * may be tried again (err is then empty again, and logged). */
int capturestate_forgive(
    struct capture_state *state, struct err *err) MUST_CHECK;

void capturestate_progress(
    struct capture_state *state, const char *phase, size_t done, size_t total);

void partition_list_add(
    struct partition_list *list, struct bytes topic, int32_t partition);
void partition_list_release(struct partition_list *list);

#endif /* SNAPSHOT_CAPTURESTATE_H */
