/*
 * model.h - a snapshot of consumer-group positions, as the whole program sees
 * it.  Every source makes one, every restore starts from one; the forms it
 * takes (archive, CSV, JSON) are the other files of formats/.
 *
 * Order is by raw bytes everywhere: groups by name, the topics of a group and
 * the topics of the snapshot by name, positions and partitions by number; no
 * name or number stands twice.  model_sort makes it so, model_check holds it.
 * All strings and arrays live in the snapshot's arena.
 *
 * Words: a position is what a group has committed for one partition of a
 * topic; log start and log end are a partition's first offset and its high
 * watermark; a hole is something in scope that could not be read.
 */
#ifndef FORMATS_MODEL_H
#define FORMATS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/encoding.h"
#include "common/env.h"
#include "common/err.h"

/* A committed offset is never negative by Kafka's rules, but a broker stores
 * any number (verified.md 2): such a position is kept and reported. */
struct position {
	int64_t offset;
	int32_t partition;
	int32_t epoch;        /* leader epoch, -1: none */
	const char *metadata; /* any bytes; never NULL in a decoded model */
	uint32_t metadata_size;
	bool unstable; /* an open transaction held it; read plainly */
	/* What only the offsets topic tells: */
	int64_t commit_ms; /* when it was committed, -1: not known */
	int64_t expire_ms; /* explicit expiry (commits of old clients), -1:
			      none, or not known */
};

struct group_topic {
	struct bytes topic;
	struct position *positions;
	size_t count;
};

/* Group types of KIP-848, KIP-932, KIP-1071.  A simple group (only commits, no
 * members ever) is classic with protocol type "". */
enum group_type {
	GROUP_UNKNOWN,
	GROUP_CLASSIC,
	GROUP_CONSUMER,
	GROUP_STREAMS,
	GROUP_SHARE,
};

struct group {
	struct bytes name; /* may be empty */
	enum group_type type;
	const char *state;         /* Kafka's word, or "unknown" */
	const char *protocol_type; /* "consumer", "connect", "", "unknown" */
	int64_t state_ms;          /* when it entered state, -1: unknown */
	int32_t coordinator;       /* broker id, -1: unknown */
	int64_t read_start_ms;     /* when this group was asked ... */
	int64_t read_end_ms;       /* ... and had answered */
	struct group_topic *topics;
	size_t topic_count;
};

struct log_range {
	int32_t partition;
	int32_t epoch; /* current leader epoch, -1: unknown */
	int64_t start; /* log start, -1: could not be read (there is a hole) */
	int64_t end;   /* high watermark, -1: could not be read */
};

struct topic {
	struct bytes name;
	bool has_id;
	uint8_t id[UUID_SIZE];
	struct log_range
	    *partitions; /* all of the topic's, not only used ones */
	size_t count;
};

/*
 * One answer of the time index: the first record, in offset order, whose
 * timestamp is at or after asked_ms has this offset and this timestamp.  So it
 * is the answer for every time from asked_ms to found_ms.
 */
struct time_point {
	int64_t asked_ms;
	int64_t offset;   /* -1: there was no such record */
	int64_t found_ms; /* -1: none, or not known */
};

struct partition_times {
	int32_t partition;
	struct time_point *points; /* by asked_ms */
	size_t count;
};

/* What the index does not know of a partition and should: records with
 * timestamps from since_ms on; 0: any. */
struct time_gap {
	int32_t partition;
	int64_t since_ms;
};

/* The record-time grid of a topic.  A partition that has not grown since the
 * previous snapshot, or is empty, has no points. */
struct topic_times {
	struct bytes topic;
	struct partition_times *partitions;
	size_t count;
	struct time_gap *gaps; /* by partition */
	size_t gap_count;
};

/*
 * Why something is missing.  The text (hole_kind_text) is in the archive and
 * in metrics; append, never rename.
 */
enum hole_kind {
	HOLE_VISIBLE_SCOPE,        /* hidden groups cannot be excluded */
	HOLE_OFFSETS_TOPIC_HIDDEN, /* no DESCRIBE on __consumer_offsets */
	HOLE_LEADERLESS,           /* an offsets partition has no leader */
	HOLE_MOVED,                /* an offsets partition did not hold still */
	HOLE_LISTING,              /* a broker did not list its groups */
	HOLE_GROUP,                /* a group could not be read */
	HOLE_POSITION,             /* one position could not be read */
	HOLE_UNSTABLE,             /* held by a transaction, and doubtful */
	HOLE_TOPIC,                /* a topic's id or log range is not known */
	/* Of the offsets topic as of a time: */
	HOLE_BOUND,      /* only a bound is known of a position, or group */
	HOLE_HISTORY,    /* an offsets partition was compacted since then */
	HOLE_HELD,       /* an open transaction hides a part of one */
	HOLE_UNREADABLE, /* a record hides a position, or group: no decoding */
	HOLE_KIND_COUNT,
};

struct hole {
	enum hole_kind kind;
	bool has_group, has_topic;
	struct bytes group;
	struct bytes topic;
	int32_t partition; /* of topic, or of the offsets topic; -1: none */
	int32_t broker;    /* -1: none */
	int error;         /* Kafka's error code, 0: none */
	const char *text;  /* one line for people */
};

/* A group (no topic) or position that the previous snapshot had and this one,
 * which covers it, has not. */
struct gone {
	struct bytes group;
	bool has_topic;
	struct bytes topic;
	int32_t partition; /* -1 with no topic */
	int64_t offset;    /* what the previous one had; -1 with no topic */
};

enum scope {
	SCOPE_CLUSTER, /* all groups, or patterns over all */
	SCOPE_NAMED,   /* groups given by exact name */
	SCOPE_VISIBLE, /* what this user may see */
};

/* Where the positions are from.  Kinds of snapshot, not of captures: one has
 * one source. */
enum snapshot_source {
	SOURCE_API,    /* the group coordinators were asked */
	SOURCE_TOPIC,  /* the records of the offsets topic were read */
	SOURCE_BOTH,   /* both, and compared */
	SOURCE_RESCUE, /* the records, for what is no longer committed */
};

/* Records of the offsets topic that made the snapshot; not of SOURCE_API. */
struct snapshot_scan {
	size_t record_count;
	size_t unknown_type_count;    /* passed over */
	size_t unknown_version_count; /* of values: key known, value not */
	size_t broken_count;
};

/* Positions, API against topic; of SOURCE_BOTH alone. */
struct snapshot_compare {
	size_t agreed_count;
	size_t moving_count; /* committed while the two were read */
	size_t only_api_count;
	size_t only_topic_count;
	size_t differing_count; /* and nothing explains it */
};

/* What was asked for: the patterns, in canonical order (sorted by bytes, no
 * doubles).  Empty lists mean everything. */
struct selection {
	const char **groups;
	size_t group_count;
	const char **exclude_groups;
	size_t exclude_group_count;
	const char **topics;
	size_t topic_count;
	const char **exclude_topics;
	size_t exclude_topic_count;
};

#define SNAPSHOT_HASH_MAX 9 /* 8 hex digits and a NUL */
#define SNAPSHOT_TEXT_MAX 256

struct capture_time {
	int64_t start_ms, end_ms;
	size_t hole_count;
};

/* The archive that a moment is from, or will be: all of its captures, each
 * after the one before. */
struct snapshot_window {
	struct capture_time *captures; /* in the arena; there is at least one */
	size_t count;
	size_t number; /* which of them this moment is */
	/* As in the object's key: start of the first, end of the last, and
	 * whether the last one is complete. */
	int64_t from_ms, to_ms;
	bool complete;
	/* All that there ever was in it, and how often a position changed from
	 * a capture to the next. */
	size_t group_count;
	size_t topic_count;
	size_t position_count;
	size_t hole_count;
	size_t change_count;
};

/* Everything about a snapshot but its content: the manifest. */
struct snapshot_info {
	char id[ENV_ID_MAX];
	char cluster_id[SNAPSHOT_TEXT_MAX];
	/* Of this capture, as all below it that is not said to be of the
	 * window. */
	int64_t from_ms;
	int64_t to_ms;
	struct snapshot_window window;
	enum snapshot_source source;
	struct snapshot_scan scan;
	struct snapshot_compare compare;
	/* Of SOURCE_RESCUE one of the two.  As of a time, which then is the
	 * capture's (to_ms); -1: the positions are as they were read ... */
	int64_t as_of_ms;
	/* ... or what each position held last, whenever that was: a mixture of
	 * times, which answers for none.  It is never complete. */
	bool last_known;
	enum scope scope;
	bool complete; /* in its scope: no hole, and of one time */
	struct selection selection;
	/* "00000000": cluster, all, of one time */
	char selection_hash[SNAPSHOT_HASH_MAX];
	char previous[ENV_ID_MAX];      /* id of the previous snapshot, or "" */
	char writer[SNAPSHOT_TEXT_MAX]; /* "tidemark 0.1.0" */
	const char *reason; /* the operator's words (--reason), or "" */
	size_t group_count;
	size_t topic_count;
	size_t partition_count; /* of topics */
	size_t position_count;
	size_t hole_count;
	size_t negative_count; /* positions with a negative offset */
	size_t unstable_count;
	size_t csv_skipped_count; /* positions that offsets/ cannot express */
	/* Of the time index: points of times, how many there may be of one
	 * partition (0: it was not asked for), and how far apart. */
	size_t point_count;
	size_t index_points;
	int64_t index_step_ms;
	/* How far apart captures were to begin, of the window; 0: there was no
	 * more than one to be. */
	int64_t interval_ms;
	/* Begin of the capture at which it was asked for last, -1: at none; of
	 * the window, which may have been captured on since.  A partition that
	 * was not asked then had the log end of the time before, and a point
	 * without an offset is of the log as it ended then. */
	int64_t index_ms;
};

struct snapshot {
	struct arena arena;
	/* Only the groups asked for were read, and their topics; nothing is
	 * said about others, and info counts what the whole has. */
	bool is_piece;
	/* The seek table at the end of the archive is damaged; all before it
	 * is whole. */
	bool table_is_damaged;
	struct snapshot_info info;
	struct group *groups;
	size_t group_count;
	struct topic *topics;
	size_t topic_count;
	struct topic_times *times; /* of some of the topics, by name */
	size_t times_count;
	struct hole *holes;
	size_t hole_count;
	struct gone *gone;
	size_t gone_count;
};

/* Bring everything into the canonical order. */
void model_sort(struct snapshot *snapshot);

/* Fill in the counts of info and complete from the content.  A snapshot that
 * is not from a window of several captures becomes a window of its own. */
void model_count(struct snapshot *snapshot);

/* The same in two steps, for who passes over all groups anyway: all that does
 * not come from their positions, and what one group adds. */
void model_count_begin(struct snapshot *snapshot);
void model_count_group(const struct group *group, struct snapshot_info *info);

/* Refuse (ERR_CORRUPT) a model that breaks the rules above: order, doubles,
 * partitions below 0, counts that disagree with info. */
int model_check(const struct snapshot *snapshot, struct err *err) MUST_CHECK;

/* The same without info. */
int model_check_content(
    const struct snapshot *snapshot, struct err *err) MUST_CHECK;

/* May be NULL.  Binary search: the model must be sorted. */
const struct group *model_find_group(
    const struct snapshot *snapshot, struct bytes name);
const struct topic *model_find_topic(
    const struct snapshot *snapshot, struct bytes name);
/* A copy of it, the metadata too. */
struct position position_copy(struct arena *arena, const struct position *from);
const struct group_topic *group_find_topic(
    const struct group *group, struct bytes topic);
const struct position *group_find_position(
    const struct group *group, struct bytes topic, int32_t partition);
const struct topic_times *model_find_times(
    const struct snapshot *snapshot, struct bytes topic);
const struct partition_times *times_find_partition(
    const struct topic_times *times, int32_t partition);
/* True when the time index of the partition has a gap; since when. */
bool times_find_gap(const struct topic_times *times, int32_t partition,
    int64_t *since_ms) MUST_CHECK;
const struct log_range *topic_find_partition(
    const struct topic *topic, int32_t partition);

/*
 * True when the snapshot read this group, so that what it lacks there was
 * not there: the group is in the snapshot, or was in scope and selection and
 * there is no hole that could hide it.  Absence proves nothing otherwise
 * (design section 2).  Patterns of the selection are decided by the caller:
 * selected tells whether they take the group.
 */
bool model_covers(
    const struct snapshot *snapshot, struct bytes group, bool selected);

/* A time that a record tells, as the model takes it: -1 for what is no time, so
 * that an odd record costs its time and not the snapshot. */
int64_t model_time(int64_t time_ms);

/* "classic", "consumer", "streams", "share", "unknown", and back (an unknown
 * word is GROUP_UNKNOWN). */
const char *group_type_text(enum group_type type);
enum group_type group_type_parse(const char *text);
const char *scope_text(enum scope scope);
bool scope_parse(const char *text, enum scope *out) MUST_CHECK;
/* "api", "offsets-topic", "both", "rescue". */
const char *snapshot_source_text(enum snapshot_source source);
bool snapshot_source_parse(
    const char *text, enum snapshot_source *out) MUST_CHECK;
const char *hole_kind_text(enum hole_kind kind);
bool hole_kind_parse(const char *text, enum hole_kind *out) MUST_CHECK;

/*
 * Sort the lists of a selection, drop doubles, and compute its hash: the first
 * 8 hex digits of the SHA-256 of scope and selection as the canonical JSON
 * that FORMAT.md gives; "00000000" for scope cluster without patterns.  What
 * is last known has other hashes, so that it is compared with nothing else and
 * taken for nothing else.
 */
void selection_canonical(enum scope scope, struct selection *selection,
    bool last_known, char hash[SNAPSHOT_HASH_MAX]);

/* A copy of it, the patterns too. */
struct selection selection_copy(
    struct arena *arena, const struct selection *from);

/* That canonical JSON text itself. */
struct buf;
void selection_json(enum scope scope, const struct selection *selection,
    bool last_known, struct buf *out);

void snapshot_release(struct snapshot *snapshot);

#endif /* FORMATS_MODEL_H */
