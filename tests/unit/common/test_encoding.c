/* Tests of common/encoding.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/encoding.h"
#include <string.h>

static void
base64_gives_the_vectors_of_rfc_4648(void **state)
{
	static const char *const plain[] = { "", "f", "fo", "foo", "foob",
		"fooba", "foobar" };
	static const char *const coded[] = { "", "Zg==", "Zm8=", "Zm9v",
		"Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
	(void)state;

	for (size_t i = 0; i < 7; i++) {
		struct buf out = { 0 };
		struct arena arena = { 0 };
		struct bytes back;

		base64_encode(&out, bytes_of(plain[i]));
		assert_string_equal(buf_text(&out), coded[i]);
		assert_true(base64_decode(bytes_of(coded[i]), &arena, &back));
		assert_true(bytes_equal_text(back, plain[i]));
		arena_release(&arena);
		buf_release(&out);
	}
}

static void
base64_that_is_not_strict_is_refused(void **state)
{
	static const char *const texts[] = { "Zg",
		"Zg=", "Zh==", "Zm9=", "Z g=", "Zg==\n", "====", "Zm9v=" };
	struct arena arena = { 0 };
	struct bytes back;
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (base64_decode(bytes_of(texts[i]), &arena, &back))
			fail_msg("%s was taken", texts[i]);
	arena_release(&arena);
}

static void
hex_goes_there_and_back(void **state)
{
	unsigned char back[3];
	char text[7];
	(void)state;

	hex_encode("\x00\xff\x1a", 3, text);
	assert_string_equal(text, "00ff1a");
	assert_true(hex_decode(bytes_of("00FF1a"), back, 3));
	assert_memory_equal(back, "\x00\xff\x1a", 3);
	assert_false(hex_decode(bytes_of("00ff1"), back, 3));
	assert_false(hex_decode(bytes_of("00ff1g"), back, 3));
}

static void
topic_ids_are_written_as_kafka_does(void **state)
{
	static const uint8_t id[UUID_SIZE] = { 0xe0, 0xbe, 0xa9, 0xde, 0x74,
		0xa1, 0x4f, 0xe3, 0x82, 0xb4, 0xaf, 0x8f, 0x33, 0xe9, 0x58,
		0x21 };
	uint8_t back[UUID_SIZE];
	char text[UUID_TEXT_MAX];
	(void)state;

	uuid_format(id, text);
	assert_int_equal(strlen(text), 22);
	assert_true(uuid_parse(bytes_of(text), back));
	assert_memory_equal(back, id, UUID_SIZE);
	assert_false(uuid_parse(bytes_of("4L6p3nShT-OCtK-PM-lYI="), back));
	assert_false(uuid_parse(bytes_of("short"), back));
}

static void
a_topic_id_is_read_as_kafka_prints_it(void **state)
{
	(void)state;
	static const uint8_t ones[UUID_SIZE] = { 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff };
	/* Uuid.METADATA_TOPIC_ID: fifteen bytes 0 and a 1. */
	static const uint8_t one[UUID_SIZE] = { [15] = 1 };
	uint8_t id[UUID_SIZE];
	char text[UUID_TEXT_MAX];

	uuid_format(one, text);
	assert_string_equal(text, "AAAAAAAAAAAAAAAAAAAAAQ");
	uuid_format(ones, text);
	assert_string_equal(text, "_____________________w");
	assert_true(uuid_parse(bytes_of(text), id));
	assert_memory_equal(id, ones, UUID_SIZE);
	/* Bits that no id sets, and the other alphabet. */
	assert_false(uuid_parse(bytes_of("AAAAAAAAAAAAAAAAAAAAAR"), id));
	assert_false(uuid_parse(bytes_of("/////////////////////w"), id));
}

static void
whatever_is_encoded_decodes_to_itself(void **state)
{
	(void)state;
	char data[64];

	for (size_t size = 0; size < sizeof(data); size++) {
		struct buf text = { 0 };
		struct arena arena = { 0 };
		const struct bytes from = { data, size };
		struct bytes back;

		for (size_t i = 0; i < size; i++)
			data[i] = (char)(i * 37 + size * 101);
		base64_encode(&text, from);
		assert_int_equal(text.size, (size + 2) / 3 * 4);
		assert_true(base64_decode(buf_bytes(&text), &arena, &back));
		assert_true(bytes_equal(back, from));
		assert_int_equal(back.data[back.size], '\0');
		arena_release(&arena);
		buf_release(&text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_gives_the_vectors_of_rfc_4648),
		cmocka_unit_test(base64_that_is_not_strict_is_refused),
		cmocka_unit_test(hex_goes_there_and_back),
		cmocka_unit_test(topic_ids_are_written_as_kafka_does),
		cmocka_unit_test(a_topic_id_is_read_as_kafka_prints_it),
		cmocka_unit_test(whatever_is_encoded_decodes_to_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
