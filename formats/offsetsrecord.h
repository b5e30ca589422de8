/*
 * offsetsrecord.h - one record of __consumer_offsets, decoded.
 *
 * Pure: key and value bytes in, fields out; where the records come from (a
 * consumer, a segment file) is the caller's business.  The layouts are those
 * of Kafka's group coordinator, which are no public format but have to stay
 * readable for upgrades (KIP-915, kafka.md 4):
 *
 *	0, 1      a committed position, values 0 to 4
 *	2         a classic group, values 0 to 4
 *	3 to 8    a consumer group (KIP-848); 16: a regular expression of it
 *	9 to 15   a share group (KIP-932)
 *	17 to 24  a streams group (KIP-1071)
 *
 * Flexible values may have tagged fields that this version does not know: they
 * are passed over.  Anything else that is left over, missing, or not of its
 * field's type makes a record broken.
 */
#ifndef FORMATS_OFFSETSRECORD_H
#define FORMATS_OFFSETSRECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/encoding.h"
#include "formats/model.h"

enum offsets_record_kind {
	OFFSETS_RECORD_COMMIT,  /* 0, 1 */
	OFFSETS_RECORD_GROUP,   /* 2, 3, 11, 17: there is such a group */
	OFFSETS_RECORD_MEMBER,  /* 5, 10, 19: one of its members */
	OFFSETS_RECORD_SOURCES, /* 23: the topology of a streams group */
	OFFSETS_RECORD_OTHER,   /* of a known type; only its key is decoded */
	OFFSETS_RECORD_UNKNOWN, /* of a type that is not known */
};

/* How far a record could be decoded. */
enum offsets_record_verdict {
	OFFSETS_RECORD_GOOD,
	OFFSETS_RECORD_UNKNOWN_TYPE,
	OFFSETS_RECORD_UNKNOWN_VERSION, /* of the value; the key is decoded */
	OFFSETS_RECORD_BROKEN_VALUE,    /* the key is decoded */
	OFFSETS_RECORD_BROKEN_KEY,
};

struct offsets_commit {
	struct bytes topic;
	int32_t partition;
	/* Of the value; not set in a tombstone. */
	int64_t offset;
	int32_t epoch; /* leader epoch, -1: none */
	struct bytes metadata;
	int64_t commit_ms;
	int64_t expire_ms; /* explicit (value 1), -1: by the group's rule */
	bool has_topic_id; /* value 4, tag 0 */
	uint8_t topic_id[UUID_SIZE];
};

struct offsets_member {
	struct bytes id;
	struct bytes client_id;
	struct bytes host;
	/* What it subscribes to by name, if that could be read ... */
	const struct bytes *topics;
	size_t topic_count;
	/* ... and whether it may subscribe to others: a regular expression,
	 * bytes that are not a consumer's subscription, or a value that could
	 * not be decoded.  A member of a streams group has neither: what it
	 * reads is the group's (OFFSETS_RECORD_SOURCES). */
	bool may_have_more;
};

struct offsets_record {
	int16_t type; /* the first number of the key, -1: it has none */
	enum offsets_record_kind kind;
	/* By the record's type; unknown for commits and unknown types. */
	enum group_type group_type;
	struct bytes group;
	bool is_tombstone;
	int16_t version; /* of the value; -1: tombstone */

	struct offsets_commit commit; /* of a commit */

	/* Of a group of type 2. */
	struct bytes protocol_type;
	int64_t state_ms; /* when it entered its state, -1: not said */
	/* Of a group of another type. */
	int32_t epoch;
	/* Of a group of type 2 all members; of a member that one, of which a
	 * tombstone says only the id. */
	const struct offsets_member *members;
	size_t member_count;
	/* Of sources: the topics that a streams group reads, with those that it
	 * made for itself to pass records on. */
	const struct bytes *topics;
	size_t topic_count;
	bool may_have_more; /* ... and patterns of topics */
};

/*
 * Decode.  A value of which data is NULL is a tombstone.  Texts of out point
 * into key and value; lists are in arena, which a commit never needs.  What
 * the verdict says could not be decoded is zero (a member whose value was not
 * has its id); kind and, unless the key is broken or its type unknown, the
 * group are right in any case.
 */
enum offsets_record_verdict offsetsrecord_decode(struct bytes key,
    struct bytes value, struct arena *arena,
    struct offsets_record *out) MUST_CHECK;

/* "its value is damaged" and the like: why it is not good; static. */
const char *offsetsrecord_verdict_text(enum offsets_record_verdict verdict);

#endif /* FORMATS_OFFSETSRECORD_H */
