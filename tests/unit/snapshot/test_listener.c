/* Tests of snapshot/listener.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "snapshot/listener.h"

static void
addresses_of_all_kinds_are_listened_at(void **state)
{
	static const struct {
		const char *where, *shown;
	} cases[] = {
		{ "127.0.0.1:0", "127.0.0.1:" },
		{ "[127.0.0.1]:0", "127.0.0.1:" },
		{ "localhost:0", NULL },
		{ ":0", NULL },
	};
	(void)state;

	for (size_t at = 0; at < sizeof(cases) / sizeof(*cases); at++) {
		char shown[LISTENER_SHOWN_MAX];
		struct err err = { 0 };
		int fd = -1;

		if (listener_open(cases[at].where, &fd, shown, &err) != 0)
			fail_msg("%s: %s", cases[at].where, err.message);
		if (cases[at].shown != NULL)
			assert_memory_equal(
			    shown, cases[at].shown, strlen(cases[at].shown));
		/* The port is told, not the 0 that was asked for. */
		assert_string_not_equal(strrchr(shown, ':'), ":0");
		(void)close(fd);
	}
}

static void
ipv6_is_listened_at_where_there_is_any(void **state)
{
	char shown[LISTENER_SHOWN_MAX];
	const int probe = socket(AF_INET6, SOCK_STREAM, 0);
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct err err = { 0 };
	int fd = -1;
	(void)state;

	if (probe < 0 ||
	    bind(probe, (struct sockaddr *)&address, sizeof(address)) != 0) {
		(void)close(probe);
		skip();
	}
	(void)close(probe);
	assert_int_equal(listener_open("[::1]:0", &fd, shown, &err), 0);
	assert_memory_equal(shown, "[::1]:", 6);
	(void)close(fd);
	assert_int_equal(listener_open(":0", &fd, shown, &err), 0);
	assert_memory_equal(shown, "[::]:", 5);
	(void)close(fd);
}

static void
what_is_no_address_is_refused(void **state)
{
	static const char *const wheres[] = { "", "9108", "127.0.0.1",
		"127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536",
		"127.0.0.1:-1", "::1", "::1:9108", "[::1]", "[::1]9108",
		"no such host:1", "[]:1x" };
	(void)state;

	for (size_t at = 0; at < sizeof(wheres) / sizeof(*wheres); at++) {
		char shown[LISTENER_SHOWN_MAX];
		struct err err = { 0 };
		int fd = -1;

		assert_int_equal(
		    listener_open(wheres[at], &fd, shown, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_int_equal(fd, -1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_all_kinds_are_listened_at),
		cmocka_unit_test(ipv6_is_listened_at_where_there_is_any),
		cmocka_unit_test(what_is_no_address_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
