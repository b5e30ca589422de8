/*
 * credprocess.c - credential_process: a program that prints keys.  AWS' tools
 * split the line as a shell does and run the program without one; so do we.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/secret.h"
#include "common/xalloc.h"
#include "storage/credparts.h"

#define OUTPUT_SIZE_MAX ((size_t)64 << 10)
#define DEADLINE_MS INT64_C(60000)
#define POLL_MS 100
#define END_POLL_MS INT64_C(10)
#define WORDS_MAX 64

/* The numbers of a program's own standard streams (POSIX). */
#define CHILD_INPUT 0
#define CHILD_OUTPUT 1
#define CHILD_ERRORS 2

extern char **environ;

/* ---------------------------------------------------------------- splitting */

struct words {
	struct buf text; /* each word with its NUL */
	size_t starts[WORDS_MAX];
	size_t count;
};

/* One word, from *at on; false at an open quote. */
static bool
take_word(const char **at, struct buf *out)
{
	char quote = '\0';

	for (; **at != '\0'; (*at)++) {
		const char c = **at;

		if (quote == '\0' && (c == ' ' || c == '\t'))
			break;
		if (c == quote) {
			quote = '\0';
		} else if (quote == '\0' && (c == '\'' || c == '"')) {
			quote = c;
		} else if (c == '\\' && quote != '\'' && (*at)[1] != '\0' &&
		    (quote == '\0' || (*at)[1] == '"' || (*at)[1] == '\\')) {
			(*at)++;
			buf_add_char(out, **at);
		} else {
			buf_add_char(out, c);
		}
	}
	buf_add_char(out, '\0');
	return quote == '\0';
}

static int
split(const char *command, struct words *out, struct err *err)
{
	for (;;) {
		command += strspn(command, " \t");
		if (*command == '\0')
			break;
		if (out->count == WORDS_MAX)
			return err_set(err, ERR_USAGE, "it has too many words");
		out->starts[out->count++] = out->text.size;
		if (!take_word(&command, &out->text))
			return err_set(
			    err, ERR_USAGE, "a quote in it is not closed");
	}
	if (out->count == 0)
		return err_set(err, ERR_USAGE, "it is empty");
	return 0;
}

/* ------------------------------------------------------------------ running */

/* Start it with an empty input, its output in a pipe, its errors dropped: they
 * may hold what it read. */
static int
start(char **arguments, int output, pid_t *child)
{
	posix_spawn_file_actions_t actions;
	int failure = posix_spawn_file_actions_init(&actions);

	if (failure != 0)
		return failure;
	failure = posix_spawn_file_actions_addopen(
	    &actions, CHILD_INPUT, "/dev/null", O_RDONLY, 0);
	if (failure == 0)
		failure = posix_spawn_file_actions_adddup2(
		    &actions, output, CHILD_OUTPUT);
	if (failure == 0)
		failure = posix_spawn_file_actions_addopen(
		    &actions, CHILD_ERRORS, "/dev/null", O_WRONLY, 0);
	if (failure == 0)
		failure = posix_spawnp(
		    child, arguments[0], &actions, NULL, arguments, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return failure;
}

static int
check_time(const struct env *env, int64_t deadline_ms, struct err *err)
{
	if (env_interrupted(env))
		return err_set(err, ERR_INTERRUPTED, "interrupted");
	if (env_monotonic_ms(env) >= deadline_ms)
		return err_set(
		    err, ERR_DENIED, "it did not end within a minute");
	return 0;
}

/* Read until the program closes its output. */
static int
read_output(const struct env *env, int fd, int64_t deadline_ms, struct buf *out,
    struct err *err)
{
	for (;;) {
		struct pollfd waiting = { fd, POLLIN, 0 };
		ssize_t got;

		if (check_time(env, deadline_ms, err) != 0)
			return -1;
		if (poll(&waiting, 1, POLL_MS) <= 0)
			continue;
		got = read(fd, buf_reserve(out, 4096), 4096);
		if (got == 0)
			return 0;
		if (got < 0 && errno != EINTR)
			return err_set_errno(
			    err, errno, "its output cannot be read");
		if (got > 0)
			out->size += (size_t)got;
		if (out->size > OUTPUT_SIZE_MAX)
			return err_set(
			    err, ERR_DENIED, "it printed more than 64 KiB");
	}
}

/* Wait for its end, which need not follow on that of its output. */
static int
wait_for_end(const struct env *env, pid_t child, int64_t deadline_ms,
    int *status, struct err *err)
{
	for (;;) {
		const pid_t ended = waitpid(child, status, WNOHANG);

		if (ended == child)
			return 0;
		if (ended < 0 && errno != EINTR)
			return err_set_errno(
			    err, errno, "its end cannot be waited for");
		if (check_time(env, deadline_ms, err) != 0)
			return -1;
		env_sleep_ms(env, END_POLL_MS);
	}
}

static void
put_down(pid_t child)
{
	int status;

	(void)kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
	}
}

static int
check_status(int status, struct err *err)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		return err_set(err, ERR_DENIED, "it ended with status %d",
		    WEXITSTATUS(status));
	return err_set(err, ERR_DENIED, "it was ended by a signal");
}

/* Its output, and its end. */
static int
watch(const struct env *env, pid_t child, int fd, struct buf *out,
    struct err *err)
{
	const int64_t deadline_ms = env_monotonic_ms(env) + DEADLINE_MS;
	int status = 0;

	if (read_output(env, fd, deadline_ms, out, err) != 0 ||
	    wait_for_end(env, child, deadline_ms, &status, err) != 0) {
		put_down(child);
		return -1;
	}
	return check_status(status, err);
}

static int
run(const struct env *env, struct words *words, struct buf *out,
    struct err *err)
{
	char *arguments[WORDS_MAX + 1] = { NULL };
	int ends[2];
	int failure;
	int result;
	pid_t child;

	assert(words->count > 0);
	for (size_t i = 0; i < words->count; i++)
		arguments[i] = words->text.data + words->starts[i];
	if (pipe(ends) != 0)
		return err_set_errno(err, errno, "no pipe could be made");
	(void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	failure = start(arguments, ends[1], &child);
	(void)close(ends[1]);
	if (failure != 0) {
		result = err_set_errno(err, failure, "it cannot be run");
	} else {
		result = watch(env, child, ends[0], out, err);
	}
	(void)close(ends[0]);
	return result;
}

int
cred_process(const struct credential_settings *settings, const char *command,
    struct keys *out, struct err *err)
{
	struct words words = { 0 };
	struct buf output = { 0 };
	int result = -1;

	if (split(command, &words, err) == 0 &&
	    run(settings->env, &words, &output, err) == 0)
		result = cred_parse_json(
		    buf_bytes(&output), CRED_OF_PROCESS, out, err);
	if (result != 0)
		(void)err_wrap(err, "the credential_process of the profile");
	buf_release(&words.text);
	secret_release(&output);
	return result;
}
