/*
 * Tests of snapshot/metricserver.h and board.h: a server on this machine, asked
 * by the program's own client, and by hand for what that does not send.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/parsenum.h"
#include "snapshot/board.h"
#include "snapshot/metrics.h"
#include "snapshot/metricserver.h"
#include "storage/http.h"

#define ALIVE_MS 5000
#define READY_MS 60000

struct rig {
	struct env env; /* its clock stands until it is moved */
	struct env world;
	_Atomic int64_t clock_ms;
	struct promtext_label label;
	struct board *board;
	struct metricserver *server;
	struct http_options options;
	struct http *http;
	struct http_answer answer;
	struct buf text;
};

static int64_t
rig_clock(void *context)
{
	struct rig *rig = context;

	return atomic_load(&rig->clock_ms);
}

static int
setup(void **state)
{
	static struct rig rig;
	struct err err = { 0 };

	memset(&rig, 0, sizeof(rig));
	env_init_system(&rig.world, NULL);
	rig.env = rig.world;
	rig.env.now_ms = rig_clock;
	rig.env.monotonic_ms = rig_clock;
	rig.env.context = &rig;
	atomic_store(&rig.clock_ms, 1000000);
	rig.label = (struct promtext_label){ "cluster", { "prod", 4 }, false };
	rig.board = board_new(&(struct board_options){
	    &rig.env, &rig.label, 1, ALIVE_MS, READY_MS });
	if (metricserver_start("127.0.0.1:0", rig.board, &rig.server, &err) !=
	    0)
		return -1;
	rig.options = (struct http_options){ NULL, 10000, 10000 };
	rig.http = http_new(&rig.options, &rig.world);
	*state = &rig;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;

	metricserver_stop(rig->server);
	board_free(rig->board);
	http_free(rig->http);
	http_answer_release(&rig->answer);
	buf_release(&rig->text);
	return 0;
}

/* The status of an answer; its body is in rig->answer. */
static int
ask(struct rig *rig, const char *method, const char *path)
{
	struct buf url = { 0 };
	struct err err = { 0 };
	struct http_request request = { .method = method,
		.size_limit = 1000000,
		.timeout_ms = 20000,
		.direct = true };

	buf_add_format(
	    &url, "http://%s%s", metricserver_address(rig->server), path);
	request.url = buf_text(&url);
	if (http_send(rig->http, &request, &rig->answer, &err) != 0)
		fail_msg("%s", err.message);
	buf_release(&url);
	return rig->answer.status;
}

static void
assert_body(const struct rig *rig, const char *wanted)
{
	if (strstr(buf_text(&rig->answer.body), wanted) == NULL)
		fail_msg(
		    "no '%s' in '%s'", wanted, buf_text(&rig->answer.body));
}

static void
metrics_are_what_was_published(void **state)
{
	struct rig *rig = *state;
	struct metrics metrics;

	metrics_init(&metrics);
	metrics_set(&metrics, METRICS_GROUPS, 7);
	metrics_set(&metrics, METRICS_SNAPSHOT_TIME, 940000);
	assert_int_equal(ask(rig, "GET", "/metrics"), 200);
	assert_body(rig, "tidemark_written_bytes_total{cluster=\"prod\"} 0\n");
	board_publish(rig->board, &metrics);
	metrics_release(&metrics);
	assert_int_equal(ask(rig, "GET", "/metrics?x=1"), 200);
	assert_body(rig, "tidemark_groups{cluster=\"prod\"} 7\n");
	assert_body(
	    rig, "tidemark_snapshot_age_seconds{cluster=\"prod\"} 60.000\n");
	assert_string_equal(http_answer_header(&rig->answer, "content-type"),
	    "text/plain; version=0.0.4; charset=utf-8");
	/* The age goes on without anybody who tells it. */
	atomic_fetch_add(&rig->clock_ms, 5000);
	(void)ask(rig, "GET", "/metrics");
	assert_body(
	    rig, "tidemark_snapshot_age_seconds{cluster=\"prod\"} 65.000\n");
}

static void
alive_is_a_loop_that_goes_round(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(ask(rig, "GET", "/healthz"), 200);
	atomic_fetch_add(&rig->clock_ms, ALIVE_MS);
	assert_int_equal(ask(rig, "GET", "/healthz"), 200);
	atomic_fetch_add(&rig->clock_ms, 1);
	assert_int_equal(ask(rig, "GET", "/healthz"), 503);
	assert_body(rig, "the loop has been silent for 5s");
	board_beat(rig->board);
	assert_int_equal(ask(rig, "GET", "/healthz"), 200);
	assert_body(rig, "alive");
}

static void
ready_is_a_good_capture_and_a_good_repository(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(ask(rig, "GET", "/readyz"), 503);
	assert_body(rig, "no capture was made yet");
	board_captured(rig->board, true);
	assert_int_equal(ask(rig, "GET", "/readyz"), 200);
	board_captured(rig->board, false);
	assert_int_equal(ask(rig, "GET", "/readyz"), 503);
	assert_body(rig, "the last capture failed");
	board_captured(rig->board, true);
	board_stored(rig->board, false);
	assert_int_equal(ask(rig, "GET", "/readyz"), 503);
	assert_body(rig, "repository");
	board_stored(rig->board, true);
	assert_int_equal(ask(rig, "GET", "/readyz"), 200);
	atomic_fetch_add(&rig->clock_ms, READY_MS + 1);
	assert_int_equal(ask(rig, "GET", "/readyz"), 503);
	assert_body(rig, "too old");
}

static void
nothing_else_is_there_and_nothing_can_be_changed(void **state)
{
	static const char *const methods[] = { "POST", "PUT", "DELETE",
		"OPTIONS" };
	struct rig *rig = *state;

	assert_int_equal(ask(rig, "GET", "/"), 404);
	assert_int_equal(ask(rig, "GET", "/metrics/"), 404);
	assert_int_equal(ask(rig, "GET", "/../etc/passwd"), 404);
	for (size_t at = 0; at < sizeof(methods) / sizeof(*methods); at++) {
		assert_int_equal(ask(rig, methods[at], "/metrics"), 405);
		assert_string_equal(
		    http_answer_header(&rig->answer, "allow"), "GET, HEAD");
	}
	assert_int_equal(ask(rig, "HEAD", "/metrics"), 200);
	assert_int_equal(rig->answer.body.size, 0);
	assert_int_equal(ask(rig, "HEAD", "/nothing"), 404);
}

/* ------------------------------------------------------------ by hand */

static int
connect_to(const struct rig *rig)
{
	const struct timeval wait = { 20, 0 };
	const char *port = strrchr(metricserver_address(rig->server), ':') + 1;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = { .sin_family = AF_INET };
	int32_t number;

	assert_true(parse_i32(bytes_of(port), 1, 65535, &number));
	address.sin_port = htons((uint16_t)number);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)), 0);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* All that comes until the server closes; false: it did not in time. */
static bool
read_all(int fd, struct buf *out)
{
	for (;;) {
		char part[1000];
		const ssize_t size = recv(fd, part, sizeof(part), 0);

		if (size <= 0)
			return size == 0 || errno == ECONNRESET;
		buf_add(out, part, (size_t)size);
	}
}

static void
send_text(int fd, const char *text)
{
	(void)send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* Neither one ends the server, nor is it answered as if it were a question. */
static void
what_is_no_question_is_closed(void **state)
{
	static const char *const texts[] = {
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
		("GET /metrics HTTP/1.1\r\nHost: x\r\n"
		 "Content-Length: 5\r\n\r\nhello"),
		"GET /metrics HTTP/9.9\r\n\r\n",
	};
	struct rig *rig = *state;

	for (size_t at = 0; at < sizeof(texts) / sizeof(*texts); at++) {
		const int fd = connect_to(rig);

		buf_clear(&rig->text);
		send_text(fd, texts[at]);
		assert_true(read_all(fd, &rig->text));
		assert_null(strstr(buf_text(&rig->text), "tidemark_"));
		(void)close(fd);
	}
	assert_int_equal(ask(rig, "GET", "/metrics"), 200);
}

static void
headers_without_end_are_cut(void **state)
{
	struct rig *rig = *state;
	const int fd = connect_to(rig);

	send_text(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\n");
	for (int i = 0; i < 2000; i++)
		send_text(fd, "X-Header: 0123456789012345678901234567890\r\n");
	assert_true(read_all(fd, &rig->text));
	assert_null(strstr(buf_text(&rig->text), "tidemark_"));
	(void)close(fd);
	assert_int_equal(ask(rig, "GET", "/metrics"), 200);
}

#define HELD 16 /* as many as there may be at once */

/* Up to the end of an answer that says "alive". */
static void
read_alive(int fd, struct buf *out)
{
	buf_clear(out);
	while (strstr(buf_text(out), "alive\n") == NULL) {
		char part[1000];
		const ssize_t size = recv(fd, part, sizeof(part), 0);

		if (size <= 0)
			fail_msg("closed after '%s'", buf_text(out));
		buf_add(out, part, (size_t)size);
	}
}

/* One more than there may be waits until another has gone. */
static void
connections_are_limited(void **state)
{
	static const char question[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n"
				       "\r\n";
	struct rig *rig = *state;
	int fds[HELD + 1];
	char byte;

	for (size_t at = 0; at < HELD; at++) {
		fds[at] = connect_to(rig);
		send_text(fds[at], question);
		read_alive(fds[at], &rig->text);
	}
	fds[HELD] = connect_to(rig);
	send_text(fds[HELD], question);
	for (size_t at = 0; at < HELD; at++) {
		send_text(fds[at], question);
		read_alive(fds[at], &rig->text);
	}
	assert_int_equal(recv(fds[HELD], &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	(void)close(fds[0]);
	read_alive(fds[HELD], &rig->text);
	for (size_t at = 1; at <= HELD; at++)
		(void)close(fds[at]);
}

static void
who_says_nothing_is_cut(void **state)
{
	struct rig *rig = *state;
	const int fd = connect_to(rig);

	assert_true(read_all(fd, &rig->text));
	assert_null(strstr(buf_text(&rig->text), " 200 "));
	(void)close(fd);
}

/* The loop writes while the server reads: for the sanitizers, and no answer
 * mixes two tellings. */
static void *
tell_on(void *context)
{
	struct rig *rig = context;
	struct metrics metrics;

	metrics_init(&metrics);
	for (int64_t i = 0; i < 2000; i++) {
		const struct metrics_group group = { bytes_of("g"), false, i,
			-1 };

		metrics_set(&metrics, METRICS_GROUPS, i);
		metrics_set(&metrics, METRICS_POSITIONS, i);
		metrics_set_groups(&metrics, &group, 1);
		board_publish(rig->board, &metrics);
		board_beat(rig->board);
	}
	metrics_release(&metrics);
	return NULL;
}

static void
the_loop_may_tell_while_it_is_asked(void **state)
{
	struct rig *rig = *state;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, tell_on, rig), 0);
	for (int i = 0; i < 50; i++) {
		struct metrics metrics;
		struct err err = { 0 };

		assert_int_equal(ask(rig, "GET", "/metrics"), 200);
		metrics_init(&metrics);
		assert_int_equal(
		    metrics_read(buf_bytes(&rig->answer.body), &metrics, &err),
		    0);
		assert_true(metrics.values[METRICS_GROUPS] ==
		    metrics.values[METRICS_POSITIONS]);
		assert_true(metrics.group_count == 0 ||
		    metrics.groups[0].lag == metrics.values[METRICS_GROUPS]);
		metrics_release(&metrics);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
}

/* -------------------------------------------------------- where to listen */

static void
a_port_in_use_is_one_clear_error(void **state)
{
	struct rig *rig = *state;
	struct metricserver *second = NULL;
	struct err err = { 0 };

	assert_int_equal(metricserver_start(metricserver_address(rig->server),
			     rig->board, &second, &err),
	    -1);
	assert_int_equal(err.kind, ERR_IO);
	assert_non_null(strstr(err.message, metricserver_address(rig->server)));
	assert_non_null(strstr(err.message, "in use"));
	assert_null(second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(metrics_are_what_was_published),
		TEST(alive_is_a_loop_that_goes_round),
		TEST(ready_is_a_good_capture_and_a_good_repository),
		TEST(nothing_else_is_there_and_nothing_can_be_changed),
		TEST(what_is_no_question_is_closed),
		TEST(headers_without_end_are_cut),
		TEST(connections_are_limited),
		TEST(who_says_nothing_is_cut),
		TEST(the_loop_may_tell_while_it_is_asked),
		TEST(a_port_in_use_is_one_clear_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
