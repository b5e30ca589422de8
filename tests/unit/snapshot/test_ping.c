/* Tests of snapshot/ping.h.  The service is a server of metrics: it has
 * /healthz, and nothing takes a POST. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/buf.h"
#include "common/env.h"
#include "snapshot/board.h"
#include "snapshot/metricserver.h"
#include "snapshot/ping.h"

struct rig {
	struct env env;
	struct board *board;
	struct metricserver *server;
};

static int
setup(void **state)
{
	static struct rig rig;
	struct err err = { 0 };

	env_init_system(&rig.env, NULL);
	rig.board = board_new(
	    &(struct board_options){ &rig.env, NULL, 0, 600000, 600000 });
	*state = &rig;
	return metricserver_start("127.0.0.1:0", rig.board, &rig.server, &err);
}

static int
teardown(void **state)
{
	struct rig *rig = *state;

	metricserver_stop(rig->server);
	board_free(rig->board);
	return 0;
}

static struct ping *
ping_of(struct rig *rig, const char *path)
{
	struct buf url = { 0 };
	struct ping *ping = NULL;
	struct err err = { 0 };

	buf_add_format(&url, "http://user:word@%s%s",
	    metricserver_address(rig->server), path);
	assert_int_equal(ping_new(buf_text(&url), &rig->env, &ping, &err), 0);
	buf_release(&url);
	return ping;
}

static void
a_ping_that_is_taken_succeeds(void **state)
{
	struct rig *rig = *state;
	struct ping *ping = ping_of(rig, "/healthz?secret=1");
	struct err err = { 0 };

	assert_int_equal(ping_send(ping, PING_SUCCESS, bytes_of(""), &err), 0);
	ping_free(ping);
	ping_free(NULL);
}

/* The URL is a secret, and there is none at URL/start here. */
static void
a_ping_that_is_refused_tells_no_more_than_the_host(void **state)
{
	static const enum ping_event events[] = { PING_START, PING_FAIL };
	struct rig *rig = *state;
	struct ping *ping = ping_of(rig, "/secret/");

	for (size_t at = 0; at < 2; at++) {
		struct err err = { 0 };
		struct buf wanted = { 0 };

		assert_int_equal(
		    ping_send(ping, events[at], bytes_of("why"), &err), -1);
		buf_add_format(&wanted, "http://%s: the answer was %s",
		    metricserver_address(rig->server),
		    events[at] == PING_FAIL ? "405" : "404");
		assert_string_equal(err.message, buf_text(&wanted));
		buf_release(&wanted);
	}
	ping_free(ping);
}

static void
a_service_that_is_gone_is_given_up_in_time(void **state)
{
	struct rig *rig = *state;
	struct ping *ping = ping_of(rig, "/secret");
	struct err err = { 0 };
	const int64_t begin_ms = env_monotonic_ms(&rig->env);

	metricserver_stop(rig->server);
	rig->server = NULL;
	assert_int_equal(ping_send(ping, PING_SUCCESS, bytes_of(""), &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_null(strstr(err.message, "secret"));
	assert_null(strstr(err.message, "word"));
	assert_string_equal(err.hint, "");
	assert_true(env_monotonic_ms(&rig->env) - begin_ms <
	    PING_LIMIT_MS + PING_LIMIT_MS);
	ping_free(ping);
}

static void
what_cannot_be_pinged_is_refused_and_not_shown(void **state)
{
	static const char *const urls[] = { "", "secret", "ftp://secret/x",
		"file:///secret", "http://", "https:///secret",
		"https://host/secret#part", "https://host/se cret",
		"https://host/secret\n", "https://host/\xc3\xa9/secret",
		"https://?secret" };
	struct rig *rig = *state;

	for (size_t at = 0; at < sizeof(urls) / sizeof(*urls); at++) {
		struct ping *ping = NULL;
		struct err err = { 0 };

		assert_int_equal(
		    ping_new(urls[at], &rig->env, &ping, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_null(strstr(err.message, "cret"));
		assert_null(ping);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ping_that_is_taken_succeeds),
		TEST(a_ping_that_is_refused_tells_no_more_than_the_host),
		TEST(a_service_that_is_gone_is_given_up_in_time),
		TEST(what_cannot_be_pinged_is_refused_and_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
