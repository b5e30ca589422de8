#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/crc32c.h"

/* RFC 3720, B.4, and the usual check value. */
static void
the_published_vectors_come_out(void **state)
{
	struct crc32c crc;
	uint8_t bytes[32] = { 0 };

	(void)state;
	crc32c_init(&crc);
	assert_int_equal(crc32c_of(&crc, "", 0), 0);
	assert_int_equal(crc32c_of(&crc, "123456789", 9), 0xE3069283U);
	assert_int_equal(crc32c_of(&crc, bytes, 32), 0x8A9136AAU);
	memset(bytes, 0xFF, sizeof(bytes));
	assert_int_equal(crc32c_of(&crc, bytes, 32), 0x62A8AB43U);
	for (uint8_t i = 0; i < 32; i++)
		bytes[i] = i;
	assert_int_equal(crc32c_of(&crc, bytes, 32), 0x46DD794EU);
	for (uint8_t i = 0; i < 32; i++)
		bytes[i] = (uint8_t)(31 - i);
	assert_int_equal(crc32c_of(&crc, bytes, 32), 0x113FDB5CU);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_vectors_come_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
