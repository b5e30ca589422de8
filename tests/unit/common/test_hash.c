/* Tests of common/hash.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_gives_the_vectors_of_fips_180),
		cmocka_unit_test(pieces_hash_as_the_whole_and_may_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
