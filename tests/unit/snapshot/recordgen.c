#include "tests/unit/snapshot/recordgen.h"

#include "common/buf.h"
#include "tests/unit/formats/offsetssample.h"

static void
add_number(struct buf *out, uint64_t value, size_t size)
{
	while (size-- > 0)
		buf_add_char(out, (char)(value >> (8 * size) & 0xff));
}

static void
add_string(struct buf *out, struct bytes text)
{
	add_number(out, text.size, 2);
	buf_add_bytes(out, text);
}

static void
add_text(struct buf *out, const char *text)
{
	add_string(out, bytes_of(text));
}

static struct bytes
keep(struct arena *arena, struct buf *from)
{
	const struct bytes kept = arena_bytes(arena, buf_bytes(from));

	buf_release(from);
	return kept;
}

struct bytes
recordgen_commit_key(struct arena *arena, int16_t type, struct bytes group,
    const char *topic, int32_t partition)
{
	struct buf out = { 0 };

	add_number(&out, (uint64_t)type, 2);
	add_string(&out, group);
	add_text(&out, topic);
	add_number(&out, (uint64_t)partition, 4);
	return keep(arena, &out);
}

struct bytes
recordgen_group_key(struct arena *arena, int16_t type, struct bytes group)
{
	struct buf out = { 0 };

	add_number(&out, (uint64_t)type, 2);
	add_string(&out, group);
	return keep(arena, &out);
}

struct bytes
recordgen_member_key(
    struct arena *arena, int16_t type, struct bytes group, const char *member)
{
	struct buf out = { 0 };

	add_number(&out, (uint64_t)type, 2);
	add_string(&out, group);
	add_text(&out, member);
	return keep(arena, &out);
}

struct bytes
recordgen_commit_value(
    struct arena *arena, const struct recordgen_commit *commit)
{
	struct buf out = { 0 };

	add_number(&out, 3, 2);
	add_number(&out, (uint64_t)commit->offset, 8);
	add_number(&out, (uint64_t)commit->epoch, 4);
	add_string(&out, commit->metadata);
	add_number(&out, (uint64_t)commit->commit_ms, 8);
	return keep(arena, &out);
}

struct bytes
recordgen_classic_value(struct arena *arena, const char *protocol_type,
    const char *const *members, size_t count)
{
	struct buf out = { 0 };
	size_t i;

	add_number(&out, 3, 2);
	add_text(&out, protocol_type);
	add_number(&out, 5, 4);             /* generation */
	add_number(&out, UINT64_MAX, 2);    /* no protocol */
	add_number(&out, UINT64_MAX, 2);    /* no leader */
	add_number(&out, 1700000000000, 8); /* since */
	add_number(&out, count, 4);
	for (i = 0; i < count; i++) {
		add_text(&out, members[i]);
		add_number(&out, UINT64_MAX, 2); /* not a static one */
		add_text(&out, members[i]);      /* the client's id */
		add_text(&out, "/10.0.0.1");
		add_number(&out, 300000, 4);
		add_number(&out, 45000, 4);
		add_number(&out, 0, 4); /* subscription */
		add_number(&out, 0, 4); /* assignment */
	}
	return keep(arena, &out);
}

struct bytes
recordgen_modern_value(struct arena *arena, int16_t type, int32_t epoch)
{
	struct buf out = { 0 };

	if (type == RECORDGEN_STREAMS)
		return offsets_hex(arena,
		    "00000000000c112233445566778803000400000003011902156e756d"
		    "2e7374616e6462792e7265706c69636173023100020400000002");
	add_number(&out, 0, 2);
	add_number(&out, (uint64_t)epoch, 4);
	if (type == RECORDGEN_SHARE)
		add_number(&out, 0x1122334455667788, 8);
	add_number(&out, 0, 1); /* no tags */
	return keep(arena, &out);
}

/* As Kafka 4.4.0's own classes serialize them (tests/unit/formats). */
struct bytes
recordgen_member_value(struct arena *arena, int16_t type)
{
	return offsets_hex(arena,
	    type == RECORDGEN_CONSUMER_MEMBER
		? "000001010363310a2f31302e302e302e310303743103743201000493"
		  "e00100"
		: "000001010363310a2f31302e302e302e31000493e000000003037031"
		  "ff0100");
}

struct bytes
recordgen_later_value(struct arena *arena)
{
	return offsets_hex(arena, "7fff00000000");
}

struct bytes
recordgen_broken_value(struct arena *arena)
{
	return offsets_hex(arena, "000300000000");
}
