/*
 * test_secret.c - what was wiped is gone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/secret.h"
#include "common/xalloc.h"

static void
wiped_memory_is_all_zeroes(void **state)
{
	char text[16] = "secret";
	static const char zeroes[16];

	(void)state;
	secret_wipe(text, sizeof(text));
	assert_memory_equal(text, zeroes, sizeof(text));
	secret_wipe(NULL, 0);
	secret_free(NULL);
	secret_free(xstrdup("secret"));
}

static void
a_released_buffer_is_empty(void **state)
{
	struct buf buf = { 0 };

	(void)state;
	secret_release(&buf);
	buf_add_text(&buf, "secret");
	secret_release(&buf);
	assert_null(buf.data);
	assert_int_equal(buf.size, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wiped_memory_is_all_zeroes),
		cmocka_unit_test(a_released_buffer_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
