/* Tests of common/hash.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/encoding.h"
#include "common/hash.h"
#include <string.h>

static void
sha256_gives_the_vectors_of_fips_180(void **state)
{
	char hex[SHA256_HEX_MAX];
	(void)state;

	assert_string_equal(sha256_hex("abc", 3, hex),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(sha256_hex("", 0, hex),
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void
pieces_hash_as_the_whole_and_may_go_on(void **state)
{
	uint8_t piece[SHA256_SIZE];
	uint8_t whole[SHA256_SIZE];
	struct sha256 *hash = sha256_new();
	(void)state;

	sha256_add(hash, "ab", 2);
	sha256_peek(hash, piece);
	sha256_of("ab", 2, whole);
	assert_memory_equal(piece, whole, SHA256_SIZE);
	sha256_add(hash, "c", 1);
	sha256_peek(hash, piece);
	sha256_of("abc", 3, whole);
	assert_memory_equal(piece, whole, SHA256_SIZE);
	sha256_free(hash);
	sha256_free(NULL);
}

/* RFC 4231, test cases 1, 2, 4 and 6. */
static void
hmac_gives_the_vectors_of_rfc_4231(void **state)
{
	static const struct {
		size_t key_size;
		const char *key; /* NULL: key_byte, so often */
		const char *data;
		const char *hex;
		char key_byte;
		char data_byte; /* 50 of it, if data is NULL */
	} cases[] = {
		{ 20, NULL, "Hi There",
		    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e"
		    "32cff7",
		    0x0b, 0 },
		{ 4, "Jefe", "what do ya want for nothing?",
		    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964"
		    "ec3843",
		    0, 0 },
		{ 20, NULL, NULL,
		    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ce"
		    "d565fe",
		    (char)0xaa, (char)0xdd },
		{ 131, NULL,
		    "Test Using Larger Than Block-Size Key - Hash Key First",
		    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0e"
		    "e37f54",
		    (char)0xaa, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char key[131];
		char data[64];
		const char *text = cases[i].data;
		size_t size = 50;
		uint8_t digest[SHA256_SIZE];
		char hex[SHA256_HEX_MAX];

		memset(key, cases[i].key_byte, sizeof(key));
		memset(data, cases[i].data_byte, sizeof(data));
		if (text == NULL)
			text = data;
		else
			size = strlen(text);
		hmac_sha256(cases[i].key != NULL ? cases[i].key : key,
		    cases[i].key_size, text, size, digest);
		hex_encode(digest, sizeof(digest), hex);
		assert_string_equal(hex, cases[i].hex);
	}
}

static void
md5_gives_the_vectors_of_rfc_1321(void **state)
{
	uint8_t digest[MD5_SIZE];
	char hex[2 * MD5_SIZE + 1];

	(void)state;
	if (!md5_of("abc", 3, digest))
		skip();
	hex_encode(digest, sizeof(digest), hex);
	assert_string_equal(hex, "900150983cd24fb0d6963f7d28e17f72");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_gives_the_vectors_of_fips_180),
		cmocka_unit_test(pieces_hash_as_the_whole_and_may_go_on),
		cmocka_unit_test(hmac_gives_the_vectors_of_rfc_4231),
		cmocka_unit_test(md5_gives_the_vectors_of_rfc_1321),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
