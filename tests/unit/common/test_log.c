/* Tests of common/log.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/log.h"
#include <stdio.h>
#include <string.h>

static char last[200];
static int lines;

static void
remember(void *context, enum log_level level, const char *line)
{
	(void)context;
	(void)snprintf(last, sizeof(last), "%d %s", (int)level, line);
	lines++;
}

static void
what_is_more_talkative_than_the_level_is_dropped(void **state)
{
	const struct log log = { LOG_WARN, remember, NULL };
	(void)state;

	lines = 0;
	log_info(&log, "not this");
	log_debug(&log, "nor this");
	assert_int_equal(lines, 0);
	log_warn(&log, "%d groups", 3);
	assert_string_equal(last, "1 3 groups");
	log_error(&log, "broken");
	assert_string_equal(last, "0 broken");
}

static void
no_log_says_nothing(void **state)
{
	(void)state;
	lines = 0;
	log_error(NULL, "into the void");
	assert_int_equal(lines, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_is_more_talkative_than_the_level_is_dropped),
		cmocka_unit_test(no_log_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
