#include "formats/offsetsrecord.h"

#include <string.h>

#include "formats/offsetsgroup.h"
#include "formats/wire.h"

#define TOPIC_ID_TAG 0

struct layout {
	enum offsets_record_kind kind;
	enum group_type group_type;
	bool has_second_name; /* behind the group's, in the key */
	/* Of the value, where it is decoded. */
	int16_t last_version;
	int16_t first_flexible;
};

#define COMMIT OFFSETS_RECORD_COMMIT, GROUP_UNKNOWN, false, 4, 4
#define CLASSIC OFFSETS_RECORD_GROUP, GROUP_CLASSIC, false, 4, 4
#define GROUP(type) OFFSETS_RECORD_GROUP, type, false, 0, 0
#define MEMBER(type) OFFSETS_RECORD_MEMBER, type, true, 0, 0
#define SOURCES OFFSETS_RECORD_SOURCES, GROUP_STREAMS, false, 0, 0
#define OTHER(type) OFFSETS_RECORD_OTHER, type, false, INT16_MAX, 0
#define OTHER_OF_TWO(type) OFFSETS_RECORD_OTHER, type, true, INT16_MAX, 0

/* By type (org.apache.kafka.coordinator.group.generated, 3.9 to 4.4). */
static const struct layout layouts[] = {
	{ COMMIT },                       /* 0 */
	{ COMMIT },                       /* 1 */
	{ CLASSIC },                      /* 2 */
	{ GROUP(GROUP_CONSUMER) },        /* 3 */
	{ OTHER(GROUP_CONSUMER) },        /* 4: partitions */
	{ MEMBER(GROUP_CONSUMER) },       /* 5 */
	{ OTHER(GROUP_CONSUMER) },        /* 6: target assignment */
	{ OTHER_OF_TWO(GROUP_CONSUMER) }, /* 7: ... of a member */
	{ OTHER_OF_TWO(GROUP_CONSUMER) }, /* 8: current assignment */
	{ OTHER(GROUP_SHARE) },           /* 9: partitions, before 4.1 */
	{ MEMBER(GROUP_SHARE) },          /* 10 */
	{ GROUP(GROUP_SHARE) },           /* 11 */
	{ OTHER(GROUP_SHARE) },           /* 12: target assignment */
	{ OTHER_OF_TWO(GROUP_SHARE) },    /* 13: ... of a member */
	{ OTHER_OF_TWO(GROUP_SHARE) },    /* 14: current assignment */
	{ OTHER(GROUP_SHARE) },           /* 15: partitions' states */
	{ OTHER_OF_TWO(GROUP_CONSUMER) }, /* 16: regular expression */
	{ GROUP(GROUP_STREAMS) },         /* 17 */
	{ OTHER(GROUP_STREAMS) },         /* 18: partitions, before 4.1 */
	{ MEMBER(GROUP_STREAMS) },        /* 19 */
	{ OTHER(GROUP_STREAMS) },         /* 20: target assignment */
	{ OTHER_OF_TWO(GROUP_STREAMS) },  /* 21: ... of a member */
	{ OTHER_OF_TWO(GROUP_STREAMS) },  /* 22: current assignment */
	{ SOURCES },                      /* 23 */
	{ OTHER(GROUP_STREAMS) },         /* 24: topic ids, after 4.4 */
};
#define LAYOUT_COUNT ((int16_t)(sizeof(layouts) / sizeof(layouts[0])))

static bool
read_topic_id(struct wire *from, struct offsets_commit *out)
{
	const uint32_t count = wire_tag_count(from);
	uint32_t number;

	for (uint32_t i = 0; i < count && !from->is_broken; i++) {
		const struct bytes field = wire_tag(from, &number);

		if (from->is_broken || number != TOPIC_ID_TAG)
			continue;
		if (field.size != UUID_SIZE)
			return false;
		memcpy(out->topic_id, field.data, UUID_SIZE);
		out->has_topic_id = true;
	}
	return true;
}

static bool
read_commit(struct wire *from, int16_t version, struct offsets_commit *out)
{
	struct offsets_commit commit = {
		.topic = out->topic,
		.partition = out->partition,
		.epoch = -1,
		.expire_ms = -1,
	};

	commit.offset = wire_int64(from);
	if (version >= 3)
		commit.epoch = wire_int32(from);
	commit.metadata = wire_string(from);
	commit.commit_ms = wire_int64(from);
	if (version == 1)
		commit.expire_ms = wire_int64(from);
	if (!read_topic_id(from, &commit) || !wire_done(from))
		return false;
	*out = commit;
	return true;
}

static bool
read_key(struct wire *from, const struct layout *layout, struct bytes *second,
    struct offsets_record *out)
{
	const struct bytes group = wire_string(from);
	struct offsets_commit commit = { 0 };

	if (layout->kind == OFFSETS_RECORD_COMMIT) {
		commit.topic = wire_string(from);
		commit.partition = wire_int32(from);
	} else if (layout->has_second_name) {
		*second = wire_string(from);
	}
	if (!wire_done(from))
		return false;
	out->group = group;
	out->commit = commit;
	return true;
}

/* The member whose id the key has; may_have_more until its value is read. */
static struct offsets_member *
add_member(struct arena *arena, struct bytes id, struct offsets_record *out)
{
	struct offsets_member *member = arena_alloc(arena, 1, sizeof(*member));

	member->id = id;
	member->may_have_more = !out->is_tombstone;
	out->members = member;
	out->member_count = 1;
	return member;
}

static bool
read_value(struct wire *from, struct arena *arena,
    struct offsets_member *member, struct offsets_record *out)
{
	switch (out->kind) {
	case OFFSETS_RECORD_COMMIT:
		return read_commit(from, out->version, &out->commit);
	case OFFSETS_RECORD_GROUP:
		if (out->group_type == GROUP_CLASSIC)
			return offsetsgroup_classic(from, arena, out);
		return offsetsgroup_modern(from, out);
	case OFFSETS_RECORD_MEMBER:
		return offsetsgroup_member(
		    from, out->group_type, arena, member);
	case OFFSETS_RECORD_SOURCES:
		return offsetsgroup_sources(from, arena, out);
	case OFFSETS_RECORD_OTHER:
	case OFFSETS_RECORD_UNKNOWN:
		break;
	}
	return true;
}

enum offsets_record_verdict
offsetsrecord_decode(struct bytes key, struct bytes value, struct arena *arena,
    struct offsets_record *out)
{
	struct wire from = { .rest = key };
	const int16_t type = wire_int16(&from);
	const struct layout *layout;
	struct offsets_member *member = NULL;
	struct bytes second = { 0 };

	*out = (struct offsets_record){ 0 };
	out->type = -1;
	out->kind = OFFSETS_RECORD_UNKNOWN;
	out->is_tombstone = value.data == NULL;
	out->version = out->is_tombstone ? -1 : 0;
	if (from.is_broken)
		return OFFSETS_RECORD_BROKEN_KEY;
	out->type = type;
	if (type < 0 || type >= LAYOUT_COUNT)
		return OFFSETS_RECORD_UNKNOWN_TYPE;
	layout = &layouts[type];
	out->kind = layout->kind;
	out->group_type = layout->group_type;
	if (!read_key(&from, layout, &second, out))
		return OFFSETS_RECORD_BROKEN_KEY;
	if (out->kind == OFFSETS_RECORD_MEMBER)
		member = add_member(arena, second, out);
	if (out->is_tombstone)
		return OFFSETS_RECORD_GOOD;

	from = (struct wire){ .rest = value };
	out->version = wire_int16(&from);
	if (from.is_broken)
		return OFFSETS_RECORD_BROKEN_VALUE;
	if (out->version < 0 || out->version > layout->last_version)
		return OFFSETS_RECORD_UNKNOWN_VERSION;
	from.is_flexible = out->version >= layout->first_flexible;
	return read_value(&from, arena, member, out)
	    ? OFFSETS_RECORD_GOOD
	    : OFFSETS_RECORD_BROKEN_VALUE;
}

const char *
offsetsrecord_verdict_text(enum offsets_record_verdict verdict)
{
	switch (verdict) {
	case OFFSETS_RECORD_GOOD:
		break;
	case OFFSETS_RECORD_UNKNOWN_TYPE:
		return "its type is not known";
	case OFFSETS_RECORD_UNKNOWN_VERSION:
		return "the version of its value is not known";
	case OFFSETS_RECORD_BROKEN_VALUE:
		return "its value is damaged";
	case OFFSETS_RECORD_BROKEN_KEY:
		return "its key is damaged";
	}
	return "it is good";
}
