/*
 * ledger.h - what the records of __consumer_offsets add up to: for each group
 * and position what holds, and for what is no longer committed what held last.
 *
 * Records are given in the order of each partition's offsets; of one key the
 * record with the highest offset wins, a tombstone too.  Memory is by keys
 * that occur, not by records.
 *
 * As of a time T (until_ms) only records up to T count.  What can be known of
 * then is bounded by compaction, and the ledger says how far:
 *
 *   - The cleaner goes from the beginning up to some offset, and leaves one
 *     record of each key.  So it has not gone beyond the first record whose key
 *     has occurred before in its partition; and if no offset is missing before
 *     that, it has taken away nothing.  Otherwise the history of the partition
 *     is exact from that record on (exact_ms): what stands before it may have
 *     replaced something older, also where no offset is missing.
 *   - A key whose first record is younger than T and stands before that record
 *     may have had older ones: what it says is only a bound (is_bound).
 *   - Keys that were removed before exact_ms may have vanished without trace.
 *   - Behind that record nothing was compacted.  Who is told of markers and
 *     aborted records (ledger_skip) sees offsets that are missing there for
 *     what they are, lost (shows_loss), and history is exact behind them only.
 *
 * A topic that was given more partitions keeps, where they belonged before,
 * records of groups that are at home elsewhere by the new number.  Brokers that
 * have restarted since write and read them at home only; the others go on as
 * before.  So where that number is known (topic_partitions), a record that is
 * not at home is not taken; and unless a younger one is, its group is in doubt.
 */
#ifndef SNAPSHOT_LEDGER_H
#define SNAPSHOT_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/encoding.h"
#include "formats/logrecord.h"
#include "formats/model.h"
#include "formats/offsetsrecord.h"
#include "snapshot/nametable.h"

/* What a position's key says. */
enum ledger_state {
	LEDGER_UNSEEN,     /* no record of it up to until_ms */
	LEDGER_LIVE,       /* committed */
	LEDGER_GONE,       /* a tombstone; what it held before may be known */
	LEDGER_UNREADABLE, /* the last record could not be decoded */
};

struct ledger_value {
	int64_t record_offset; /* where it stands in the log, -1: nowhere */
	int64_t commit_ms;
	int64_t expire_ms;       /* explicit, -1: none */
	int64_t offset;          /* committed; of a tombstone -1 */
	const uint8_t *topic_id; /* of UUID_SIZE bytes, NULL: not said */
	char *metadata;          /* NULL where there is none */
	uint32_t metadata_size;
	int32_t epoch; /* leader epoch, -1: none */
};

struct ledger_spot {
	struct ledger_group *group;
	struct ledger_spot *next; /* of the same group, in no order */
	struct bytes topic;       /* one copy for each name */
	int32_t partition;
	/* There are many of them: with these three in one word. */
	uint8_t state;     /* enum ledger_state */
	uint8_t key_types; /* that have occurred, as bits */
	/* Of UNSEEN: the value is a bound, for history is not exact there. */
	bool is_bound; /* of ledger_finish */
	/* Of LIVE what holds; of GONE and UNREADABLE what held last; of UNSEEN
	 * the first record after until_ms (commit_ms then is the record's
	 * timestamp); each if record_offset is not -1. */
	struct ledger_value value;
	int64_t gone_ms;     /* the tombstone's timestamp, -1: none */
	int64_t gone_offset; /* ... and its offset in the log, -1 */
};

struct ledger_member {
	struct ledger_member *next; /* of the same group, dead ones too */
	struct arena arena;         /* of a modern one: its own */
	struct bytes id;
	struct bytes client_id;
	struct bytes host;
	struct bytes *topics; /* subscribed by name */
	size_t topic_count;
	bool may_have_more; /* see offsetsrecord.h */
	bool live;
};

struct ledger_group {
	struct bytes name;
	int32_t partition;    /* of the offsets topic: its home */
	enum group_type type; /* GROUP_UNKNOWN: no group record was seen */
	uint32_t key_types;   /* of its own records that have occurred, bits */
	/* Whether the group's own record is there: a simple group has none. */
	enum ledger_state state;
	struct bytes protocol_type; /* of a classic one, data NULL: unknown */
	int64_t state_ms;           /* classic: when it entered its state, -1 */
	int64_t record_ms;          /* of the last group record, -1: none */
	int64_t record_offset;
	int64_t gone_ms;  /* when the group record was removed, -1 */
	int64_t first_ms; /* of the oldest record at home, INT64_MAX: none */
	int64_t home_ms;  /* ... the youngest, -1 */
	int64_t stray_ms; /* ... and of one elsewhere that is no tombstone */
	int32_t epoch;    /* of the modern types */
	struct ledger_member *members; /* of modern types, dead ones too */
	size_t member_count;           /* ... that live */
	struct ledger_member *classic; /* of the last record of a classic one */
	size_t classic_count;
	bool has_sources; /* of a streams group */
	struct bytes *sources;
	size_t source_count;
	bool sources_may_have_more;
	struct ledger_spot *spots;
	size_t spot_count; /* with those that are gone */
	size_t live_count;
	struct arena arena; /* of the members of a classic group */
	struct arena source_arena;
};

struct ledger_partition {
	int64_t first_offset; /* of the first record seen, -1: none */
	int64_t first_ms;
	int64_t last_ms;
	int64_t next_offset; /* behind the last record seen */
	/* History is exact from this record on. */
	int64_t exact_offset;
	int64_t exact_ms; /* 0: from the beginning of time */
	bool repeated;    /* some key has occurred twice */
	bool has_gap;     /* before that, offsets are missing */
	/* With shows_loss: offsets missing behind that, and the first. */
	int64_t lost_count;
	int64_t lost_offset;
	size_t record_count;
	/* Positions and groups that are LEDGER_UNREADABLE now, and records of
	 * which not even the key can be decoded. */
	size_t hidden_count;
	size_t broken_key_count; /* ... these alone */
};

/* A record that could not be decoded; the first so many are kept. */
#define LEDGER_ODDITY_MAX 100
struct ledger_oddity {
	int32_t partition;
	int64_t offset;
	enum offsets_record_verdict verdict;
	int16_t type;
	int16_t version;
};

struct ledger_counts {
	size_t record_count;
	size_t tombstone_count;
	size_t commit_count; /* of positions, tombstones too */
	size_t unknown_type_count;
	size_t unknown_version_count;
	size_t broken_count;
	size_t late_count;  /* after until_ms */
	size_t stray_count; /* not in the partition of their group */
};

struct ledger;

/* What happened to a position; called before the change is made, with the spot
 * as it was, for each record of its key up to until_ms. */
typedef void ledger_change_fn(void *context, const struct ledger_spot *before,
    const struct log_record *record, const struct offsets_record *decoded,
    enum offsets_record_verdict verdict);

struct ledger {
	struct arena arena;
	struct nametable groups;    /* to struct ledger_group */
	struct nametable members;   /* by raw key, to struct ledger_member */
	struct ledger_spot **spots; /* a hash table, as nametable.h is one */
	size_t spot_capacity;
	size_t spot_count;
	bool has_metadata;               /* some spot has, or had */
	struct ledger_group *last_group; /* records come in runs of one */
	struct bytes last_topic;
	struct nametable words;              /* topics and the like */
	struct arena scratch;                /* of one record */
	struct ledger_partition *partitions; /* by number */
	size_t partition_count;
	int32_t topic_partitions;  /* set by the caller; 0: not known */
	bool shows_loss;           /* set by the caller; see above */
	int64_t until_ms;          /* INT64_MAX: all */
	ledger_change_fn *changed; /* may be NULL */
	void *changed_context;
	struct ledger_counts counts;
	struct ledger_oddity oddities[LEDGER_ODDITY_MAX];
	size_t oddity_count;
	struct ledger_group **list; /* of ledger_finish: by name */
	size_t group_count;
};

/* The seed is random (nametable.h). */
void ledger_init(struct ledger *ledger, uint64_t seed, int64_t until_ms);
void ledger_release(struct ledger *ledger);

/* Make room for so many positions, as far as that is sensible. */
void ledger_reserve(struct ledger *ledger, size_t count);

/* Take a record; a log_record_fn, context is the ledger. */
void ledger_take(void *context, const struct log_record *record);

/* Tell that offsets of a partition up to next_offset hold nothing but markers
 * of transactions, so that they are no gap (segment files show them). */
void ledger_skip(struct ledger *ledger, int32_t partition, int64_t next_offset);

/* Order groups by name into list and work out what is a bound.  More records
 * may be taken afterwards; then it has to be called again. */
void ledger_finish(struct ledger *ledger);

/* May be NULL. */
struct ledger_group *ledger_find(
    const struct ledger *ledger, struct bytes name) MUST_CHECK;
struct ledger_spot *ledger_find_spot(const struct ledger *ledger,
    const struct ledger_group *group, struct bytes topic,
    int32_t partition) MUST_CHECK;

/* Whether nobody is in the group, as far as records tell. */
bool ledger_group_is_empty(const struct ledger_group *group);

/* Its members by its type; dead ones have live = false.  May be NULL. */
const struct ledger_member *ledger_group_members(
    const struct ledger_group *group);

/* Whether what it has may be elsewhere than at home. */
bool ledger_group_is_doubtful(const struct ledger_group *group);

/* A group of commits only: no record says otherwise. */
bool ledger_group_is_simple(const struct ledger_group *group);

#endif /* SNAPSHOT_LEDGER_H */
