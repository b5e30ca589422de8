#include "tests/unit/formats/offsetssample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/encoding.h"
#include "common/xalloc.h"

/* MessageUtil.toVersionPrefixedByteBuffer of what the names say: offset 1234,
 * epoch 7, metadata "m", 2023-11-14T22:13:20Z. */
const struct offsets_vector offsets_vectors[] = {
	{ "commit v0", "0001000267310002743100000003",
	    "000000000000000004d200016d0000018bcfe56800" },
	{ "commit v1", "0001000267310002743100000003",
	    "000100000000000004d200016d0000018bcfe568000000018bd50bc4"
	    "00" },
	{ "commit v2", "0001000267310002743100000003",
	    "000200000000000004d200016d0000018bcfe56800" },
	{ "commit v3", "0001000267310002743100000003",
	    "000300000000000004d20000000700016d0000018bcfe56800" },
	{ "commit v4", "0001000267310002743100000003",
	    "000400000000000004d200000007026d0000018bcfe5680000" },
	{ "commit v4 id", "0001000267310002743100000003",
	    "000400000000000004d200000007026d0000018bcfe5680001001000"
	    "0102030405060708090a0b0c0d0e0f" },
	{ "classic v0", "000200026731",
	    "00000008636f6e73756d657200000005000572616e676500036d2d31"
	    "0000000200036d2d310002633100092f31302e302e302e310000afc8"
	    "0000002c000300000002000274310002743200000001090000000100"
	    "036f6c64000000010000000200000004000272310000000301020300"
	    "036d2d320002633200092f31302e302e302e320000afc80000002400"
	    "030000000000000001090000000100036f6c64000000010000000200"
	    "0000040002723100000003010203" },
	{ "classic v1", "000200026731",
	    "00010008636f6e73756d657200000005000572616e676500036d2d31"
	    "0000000200036d2d310002633100092f31302e302e302e31000493e0"
	    "0000afc80000002c0003000000020002743100027432000000010900"
	    "00000100036f6c640000000100000002000000040002723100000003"
	    "01020300036d2d320002633200092f31302e302e302e32000493e000"
	    "00afc80000002400030000000000000001090000000100036f6c6400"
	    "00000100000002000000040002723100000003010203" },
	{ "classic v2", "000200026731",
	    "00020008636f6e73756d657200000005000572616e676500036d2d31"
	    "0000018bcfe568000000000200036d2d310002633100092f31302e30"
	    "2e302e31000493e00000afc80000002c000300000002000274310002"
	    "743200000001090000000100036f6c64000000010000000200000004"
	    "000272310000000301020300036d2d320002633200092f31302e302e"
	    "302e32000493e00000afc80000002400030000000000000001090000"
	    "000100036f6c64000000010000000200000004000272310000000301"
	    "0203" },
	{ "classic v3", "000200026731",
	    "00030008636f6e73756d657200000005000572616e676500036d2d31"
	    "0000018bcfe568000000000200036d2d31ffff0002633100092f3130"
	    "2e302e302e31000493e00000afc80000002c00030000000200027431"
	    "0002743200000001090000000100036f6c6400000001000000020000"
	    "0004000272310000000301020300036d2d3200026932000263320009"
	    "2f31302e302e302e32000493e00000afc80000002400030000000000"
	    "000001090000000100036f6c64000000010000000200000004000272"
	    "3100000003010203" },
	{ "classic v4", "000200026731",
	    "000409636f6e73756d6572000000050672616e6765046d2d31000001"
	    "8bcfe5680003046d2d31000363310a2f31302e302e302e31000493e0"
	    "0000afc82d0003000000020002743100027432000000010900000001"
	    "00036f6c64000000010000000200000004000272310401020300046d"
	    "2d320369320363320a2f31302e302e302e32000493e00000afc82500"
	    "030000000000000001090000000100036f6c64000000010000000200"
	    "00000400027231040102030000" },
	{ "consumer group", "000300026731", "00000000000c00" },
	{ "consumer group hash", "000300026731",
	    "00000000000c0100081122334455667788" },
	{ "consumer member", "00050002673100036d2d31",
	    "000001010363310a2f31302e302e302e310303743103743201000493"
	    "e00100" },
	{ "consumer member regex", "00050002673100036d2d31",
	    "00000369310372310363310a2f31302e302e302e310104742e2a0004"
	    "93e008756e69666f726d010037010000afc8020672616e6765290003"
	    "000000010002743100000001090000000100036f6c64000000010000"
	    "000200000004000272310000" },
	{ "share member", "000a0002673100036d2d31",
	    "00000372310363310a2f31302e302e302e310303743103743200" },
	{ "share group", "000b00026731", "00000000000c112233445566778800" },
	{ "streams group", "001100026731",
	    "00000000000c112233445566778803000400000003011902156e756d"
	    "2e7374616e6462792e7265706c69636173023100020400000002" },
	{ "streams member", "00130002673100036d2d31",
	    "000001010363310a2f31302e302e302e31000493e000000003037031"
	    "ff0100" },
	{ "streams member full", "00130002673100036d2d31",
	    "00000369310372310363310a2f31302e302e302e31000493e0000000"
	    "03037031010268ffff0002026b02760000" },
	{ "topology", "001700026731",
	    "0000000000030302300303743103743201020767312d6c6f67000000"
	    "02000302026b02760000020767312d72657001020300000001010100"
	    "00023102037433010101020767312d72657000000000000001000100"
	    "00" },
	{ "topology regex", "001700026731",
	    "0000000000030302300303743103743201020767312d6c6f67000000"
	    "02000302026b02760000020767312d72657001020300000001010100"
	    "000231020374330204782e2a0101020767312d726570000000000000"
	    "0100010000" },
	{ "regular expression", "0010000267310003742e2a",
	    "0000020374310000000000000003000000000000000400" },
};
const size_t offsets_vector_count =
    sizeof(offsets_vectors) / sizeof(offsets_vectors[0]);

struct bytes
offsets_hex(struct arena *arena, const char *hex)
{
	struct buf digits = { 0 };
	char *data;
	size_t size;

	for (const char *at = hex; *at != '\0'; at++) {
		if (*at != ' ')
			buf_add_char(&digits, *at);
	}
	size = digits.size / 2;
	data = arena_alloc(arena, size + 1, 1);
	assert_int_equal(digits.size, 2 * size);
	if (size > 0)
		assert_true(hex_decode(buf_bytes(&digits), data, size));
	buf_release(&digits);
	return (struct bytes){ data, size };
}

/* A copy that ends where its memory does, and is never NULL. */
static struct bytes
copy_to_end(struct bytes from, char **memory)
{
	*memory = xcalloc(from.size + 1, 1);
	if (from.size > 0)
		memcpy(*memory + 1, from.data, from.size);
	return (struct bytes){ *memory + 1, from.size };
}

void
offsets_sample_bytes(
    struct offsets_sample *sample, struct bytes key, struct bytes value)
{
	*sample = (struct offsets_sample){ 0 };
	sample->key = copy_to_end(key, &sample->key_memory);
	if (value.data != NULL)
		sample->value = copy_to_end(value, &sample->value_memory);
	sample->verdict = offsetsrecord_decode(
	    sample->key, sample->value, &sample->arena, &sample->record);
}

void
offsets_sample_hex(
    struct offsets_sample *sample, const char *key, const char *value)
{
	struct arena arena = { 0 };
	struct bytes none = { 0 };

	offsets_sample_bytes(sample, offsets_hex(&arena, key),
	    value == NULL ? none : offsets_hex(&arena, value));
	arena_release(&arena);
}

void
offsets_sample_vector(struct offsets_sample *sample, const char *name)
{
	for (size_t i = 0; i < offsets_vector_count; i++) {
		const struct offsets_vector *vector = &offsets_vectors[i];

		if (strcmp(vector->name, name) == 0) {
			offsets_sample_hex(sample, vector->key, vector->value);
			return;
		}
	}
	fail_msg("there is no vector %s", name);
}

void
offsets_sample_release(struct offsets_sample *sample)
{
	free(sample->key_memory);
	free(sample->value_memory);
	arena_release(&sample->arena);
}

void
assert_bytes(struct bytes bytes, const char *text)
{
	if (!bytes_equal_text(bytes, text)) {
		fail_msg(
		    "'%.*s' is not '%s'", (int)bytes.size, bytes.data, text);
	}
}

void
assert_list(const struct bytes *list, size_t count, const char *text)
{
	struct buf joined = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(&joined, ',');
		buf_add_bytes(&joined, list[i]);
	}
	assert_string_equal(buf_text(&joined), text);
	buf_release(&joined);
}
