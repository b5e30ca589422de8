/* Tests of common/notify.h: the manager is a datagram socket of the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/notify.h"
#include "common/parsenum.h"

#define MESSAGE_MAX 1000

struct manager {
	char folder[40];
	char socket_name[80];
	const char *usec, *pid;
	int fd;
	char message[MESSAGE_MAX]; /* the last that came */
};

static const char *
lookup(void *context, const char *name)
{
	const struct manager *manager = context;

	if (strcmp(name, "NOTIFY_SOCKET") == 0)
		return manager->socket_name;
	if (strcmp(name, "WATCHDOG_USEC") == 0)
		return manager->usec;
	if (strcmp(name, "WATCHDOG_PID") == 0)
		return manager->pid;
	return NULL;
}

static void
listen_at(struct manager *manager, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const size_t size = strlen(name);

	(void)snprintf(
	    manager->socket_name, sizeof(manager->socket_name), "%s", name);
	memcpy(address.sun_path, name, size);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_true(manager->fd >= 0);
	assert_int_equal(
	    bind(manager->fd, (struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + size +
		    (name[0] == '@' ? 0 : 1))),
	    0);
}

static int
setup(void **state)
{
	static struct manager manager;
	char name[60];

	memset(&manager, 0, sizeof(manager));
	(void)snprintf(manager.folder, sizeof(manager.folder),
	    "/tmp/tidemark-test-notify-XXXXXX");
	assert_non_null(mkdtemp(manager.folder));
	(void)snprintf(name, sizeof(name), "%s/socket", manager.folder);
	listen_at(&manager, name);
	*state = &manager;
	return 0;
}

static int
teardown(void **state)
{
	struct manager *manager = *state;
	char name[60];

	(void)close(manager->fd);
	(void)snprintf(name, sizeof(name), "%s/socket", manager->folder);
	(void)unlink(name);
	return rmdir(manager->folder);
}

/* The message that is there; none is "". */
static const char *
take(struct manager *manager)
{
	const ssize_t size =
	    recv(manager->fd, manager->message, MESSAGE_MAX - 1, 0);

	manager->message[size > 0 ? size : 0] = '\0';
	return manager->message;
}

static struct notify *
open_notify(struct manager *manager)
{
	struct notify *notify = NULL;
	struct err err = { 0 };

	assert_int_equal(notify_new(lookup, manager, &notify, &err), 0);
	return notify;
}

static void
the_manager_hears_each_thing(void **state)
{
	struct manager *manager = *state;
	struct notify *notify = open_notify(manager);
	struct err err = { 0 };

	assert_int_equal(notify_ready(notify, &err), 0);
	assert_string_equal(take(manager), "READY=1");
	assert_int_equal(notify_status(notify, "9 groups", &err), 0);
	assert_string_equal(take(manager), "STATUS=9 groups");
	assert_int_equal(notify_stopping(notify, &err), 0);
	assert_string_equal(take(manager), "STOPPING=1");
	/* Nobody asked for the watchdog. */
	assert_int_equal(notify_watchdog_ms(notify), 0);
	assert_int_equal(notify_watchdog(notify, &err), 0);
	assert_string_equal(take(manager), "");
	notify_free(notify);
}

static void
an_abstract_name_is_a_socket_too(void **state)
{
	struct manager *manager = *state;
	struct manager other = { .fd = -1 };
	struct err err = { 0 };
	struct notify *notify;
	char name[60];

	(void)snprintf(name, sizeof(name), "@%s", manager->folder);
	listen_at(&other, name);
	notify = open_notify(&other);
	assert_int_equal(notify_ready(notify, &err), 0);
	assert_string_equal(take(&other), "READY=1");
	notify_free(notify);
	(void)close(other.fd);
}

/* systemd compares it with the time at which it asked for the reload. */
static void
a_reload_has_the_time_to_the_microsecond(void **state)
{
	struct manager *manager = *state;
	struct notify *notify = open_notify(manager);
	static const char lead[] = "RELOADING=1\nMONOTONIC_USEC=";
	struct timespec before, after;
	struct err err = { 0 };
	int64_t told;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &before), 0);
	assert_int_equal(notify_reloading(notify, &err), 0);
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &after), 0);
	assert_memory_equal(take(manager), lead, sizeof(lead) - 1);
	assert_true(parse_i64(bytes_of(manager->message + sizeof(lead) - 1),
	    (int64_t)before.tv_sec * 1000000 + before.tv_nsec / 1000,
	    (int64_t)after.tv_sec * 1000000 + after.tv_nsec / 1000, &told));
	notify_free(notify);
}

static void
a_status_cannot_bring_another_message(void **state)
{
	struct manager *manager = *state;
	struct notify *notify = open_notify(manager);
	struct err err = { 0 };

	assert_int_equal(notify_status(notify, "a\nSTOPPING=1", &err), 0);
	assert_string_equal(take(manager), "STATUS=a\\nSTOPPING=1");
	notify_free(notify);
}

static void
the_watchdog_is_told_in_half_its_time(void **state)
{
	struct manager *manager = *state;
	struct err err = { 0 };
	struct notify *notify;
	char pid[20];

	manager->usec = "3000000";
	notify = open_notify(manager);
	assert_int_equal(notify_watchdog_ms(notify), 1500);
	assert_int_equal(notify_watchdog(notify, &err), 0);
	assert_string_equal(take(manager), "WATCHDOG=1");
	notify_free(notify);
	/* For this process, and for another. */
	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	manager->pid = pid;
	notify = open_notify(manager);
	assert_int_equal(notify_watchdog_ms(notify), 1500);
	notify_free(notify);
	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid() + 1);
	notify = open_notify(manager);
	assert_int_equal(notify_watchdog_ms(notify), 0);
	notify_free(notify);
	manager->pid = NULL;
	manager->usec = "1";
	notify = open_notify(manager);
	assert_int_equal(notify_watchdog_ms(notify), 1);
	notify_free(notify);
}

static void
without_a_socket_nothing_is_sent(void **state)
{
	struct manager *manager = *state;
	struct err err = { 0 };
	struct notify *notify;

	manager->socket_name[0] = '\0';
	manager->usec = "3000000";
	notify = open_notify(manager);
	assert_int_equal(notify_watchdog_ms(notify), 0);
	assert_int_equal(notify_ready(notify, &err), 0);
	assert_int_equal(notify_reloading(notify, &err), 0);
	assert_int_equal(notify_status(notify, "x", &err), 0);
	assert_string_equal(take(manager), "");
	notify_free(notify);
	notify_free(NULL);
}

static void
what_makes_no_sense_is_refused(void **state)
{
	static const struct {
		const char *name, *usec, *pid;
		enum err_kind kind;
	} cases[] = {
		{ "relative", NULL, NULL, ERR_UNSUPPORTED },
		{ "vsock:2:1234", NULL, NULL, ERR_UNSUPPORTED },
		{ "/", NULL, NULL, ERR_USAGE },
		{ "/x", "soon", NULL, ERR_USAGE },
		{ "/x", "0", NULL, ERR_USAGE },
		{ "/x", "5", "me", ERR_USAGE },
	};
	struct manager manager = { .fd = -1 };
	(void)state;

	for (size_t at = 0; at < sizeof(cases) / sizeof(*cases); at++) {
		struct notify *notify = NULL;
		struct err err = { 0 };

		(void)snprintf(manager.socket_name, sizeof(manager.socket_name),
		    "%s", cases[at].name);
		manager.usec = cases[at].usec;
		manager.pid = cases[at].pid;
		assert_int_equal(
		    notify_new(lookup, &manager, &notify, &err), -1);
		assert_int_equal(err.kind, cases[at].kind);
		assert_null(notify);
	}
}

static void
a_manager_that_is_gone_is_an_error(void **state)
{
	struct manager *manager = *state;
	struct notify *notify = open_notify(manager);
	struct err err = { 0 };

	(void)unlink(manager->socket_name);
	assert_int_equal(notify_ready(notify, &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	notify_free(notify);
}

/* A manager that does not read: the queue fills up, and then it is an error,
 * not a wait without end. */
static void
a_manager_that_does_not_read_holds_nobody_up(void **state)
{
	struct manager *manager = *state;
	struct notify *notify = open_notify(manager);
	struct err err = { 0 };
	int sent = 0;

	while (sent < 100000 && notify_ready(notify, &err) == 0)
		sent++;
	assert_true(sent < 100000);
	assert_int_equal(err.kind, ERR_IO);
	notify_free(notify);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_manager_hears_each_thing),
		TEST(an_abstract_name_is_a_socket_too),
		TEST(a_reload_has_the_time_to_the_microsecond),
		TEST(a_status_cannot_bring_another_message),
		TEST(the_watchdog_is_told_in_half_its_time),
		TEST(without_a_socket_nothing_is_sent),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		TEST(a_manager_that_is_gone_is_an_error),
		TEST(a_manager_that_does_not_read_holds_nobody_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
