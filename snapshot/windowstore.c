#include "snapshot/windowstore.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "formats/archive.h"
#include "storage/store.h"

#define NSEC_PER_MS 1000000L

enum stage {
	STAGE_FREE,    /* nothing to do */
	STAGE_GIVEN,   /* a window waits for the thread, or it works */
	STAGE_ANSWERED /* the result waits to be fetched */
};

struct windowstore {
	struct windowstore_options options;
	struct repo *repo; /* the thread's; NULL: not open yet */
	bool is_probed;    /* whether anything may be removed */
	pthread_t thread;
	pthread_mutex_t lock;   /* of what follows */
	pthread_cond_t changed; /* of the monotonic clock */
	bool ends;              /* it is to end ... */
	bool has_ended;         /* ... and has */
	bool is_telling;        /* begun or told is called */
	enum stage stage;
	struct snapshot_info info;
	struct buf archive;
	char smaller[STORE_KEY_MAX + 1];
	struct windowstore_result result;
};

/* An error of these would be one of this file. */
static void
take(struct windowstore *store)
{
	if (pthread_mutex_lock(&store->lock) != 0)
		xdie("a mutex is broken");
}

static void
give(struct windowstore *store)
{
	if (pthread_mutex_unlock(&store->lock) != 0)
		xdie("a mutex is broken");
}

/* ------------------------------------------------------------- the thread */

/*
 * Ask for the removal of an object that is not there: the name that this window
 * would have had if it had taken no time at all.  Only a clear no counts.
 */
static void
probe_removal(struct windowstore *store)
{
	struct snapshot_info none = store->info;
	struct windowstore_result *result = &store->result;
	char key[STORE_KEY_MAX + 1];
	struct err err = { 0 };

	none.window.to_ms = none.window.from_ms;
	if (none.window.to_ms == store->info.window.to_ms)
		return;
	repo_key_format(&none, key);
	store->is_probed = true;
	if (store_remove(repo_store(store->repo), key, &err) == 0 ||
	    err.kind != ERR_DENIED)
		return;
	result->may_not_remove = true;
	result->removal_err = err;
}

static void
remove_smaller(struct windowstore *store)
{
	struct windowstore_result *result = &store->result;

	if (store->smaller[0] == '\0' ||
	    strcmp(store->smaller, result->key.key) == 0)
		return;
	if (store_remove(repo_store(store->repo), store->smaller,
		&result->removal_err) == 0)
		return;
	result->has_leftover = true;
	if (result->removal_err.kind == ERR_DENIED)
		result->may_not_remove = true;
}

static bool
is_whole(struct bytes archive)
{
	struct archive_report report = { 0 };
	bool is_whole;

	archive_verify(archive, &report);
	is_whole = report.count == 0;
	archive_report_release(&report);
	return is_whole;
}

/*
 * A try whose answer was lost may have stored it: then it is there, for nobody
 * else makes this name.  It has more captures than these bytes if some were
 * given up meanwhile, and does as well; to insist would hold up every later
 * window.
 */
static int
check_existing(struct windowstore *store, struct err *err)
{
	struct snapshot_key *key = &store->result.key;
	char name[STORE_KEY_MAX + 1];
	struct buf there = { 0 };
	int rc = -1;

	if (err->kind != ERR_EXISTS)
		return -1;
	repo_key_format(&store->info, name);
	if (!repo_key_parse(name, key))
		return -1;
	if (store_get(repo_store(store->repo), name, ARCHIVE_SIZE_MAX, &there,
		&(struct err){ 0 }) == 0 &&
	    (bytes_equal(buf_bytes(&there), buf_bytes(&store->archive)) ||
		is_whole(buf_bytes(&there)))) {
		key->size = there.size;
		*err = (struct err){ 0 };
		rc = 0;
	}
	buf_release(&there);
	return rc;
}

static int
save(struct windowstore *store, struct err *err)
{
	struct windowstore_result *result = &store->result;

	if (store->repo == NULL &&
	    store->options.open(store->options.context, &store->repo, err) != 0)
		return -1;
	if (repo_save(store->repo, &store->info, buf_bytes(&store->archive),
		&result->key, err) != 0)
		return check_existing(store, err);
	return 0;
}

static void
remove_others(struct windowstore *store)
{
	const struct windowstore_options *options = &store->options;

	if (options->removing != NULL)
		options->removing(options->context, true);
	if (!store->is_probed)
		probe_removal(store);
	remove_smaller(store);
	if (options->removing != NULL)
		options->removing(options->context, false);
}

static void
work(struct windowstore *store)
{
	struct windowstore_result *result = &store->result;

	memset(result, 0, sizeof(*result));
	if (save(store, &result->err) == 0) {
		result->is_stored = true;
		remove_others(store);
	}
	buf_release(&store->archive);
}

/* A window is worked on, then its result told; begins and ends locked. */
static void
run_window(struct windowstore *store)
{
	const struct windowstore_options *options = &store->options;
	struct windowstore_result result;
	bool is_complete;

	give(store);
	work(store);
	result = store->result;
	is_complete = store->info.window.complete;
	take(store);
	store->stage = STAGE_ANSWERED;
	if (options->told == NULL)
		return;
	store->is_telling = true;
	give(store);
	options->told(options->context, &result, is_complete);
	take(store);
	store->is_telling = false;
}

static void *
run(void *context)
{
	struct windowstore *store = context;

	if (store->options.begun != NULL)
		store->options.begun(store->options.context);
	take(store);
	store->is_telling = false;
	for (;;) {
		while (store->stage != STAGE_GIVEN && !store->ends)
			(void)pthread_cond_wait(&store->changed, &store->lock);
		if (store->stage != STAGE_GIVEN)
			break;
		run_window(store);
	}
	store->has_ended = true;
	(void)pthread_cond_signal(&store->changed);
	give(store);
	return NULL;
}

/* --------------------------------------------------------------- the loop */

static void
make_lock(struct windowstore *store)
{
	pthread_condattr_t attributes;

	if (pthread_condattr_init(&attributes) != 0 ||
	    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
	    pthread_mutex_init(&store->lock, NULL) != 0 ||
	    pthread_cond_init(&store->changed, &attributes) != 0)
		xdie("no mutex");
	(void)pthread_condattr_destroy(&attributes);
}

/* Signals are for the loop's thread. */
static int
start_thread(struct windowstore *store)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	error = pthread_sigmask(SIG_SETMASK, &all, &before);
	if (error != 0)
		return error;
	error = pthread_create(&store->thread, NULL, run, store);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

int
windowstore_start(const struct windowstore_options *options,
    struct windowstore **out, struct err *err)
{
	struct windowstore *store = xcalloc(1, sizeof(*store));
	int error;

	store->options = *options;
	store->is_telling = options->begun != NULL;
	make_lock(store);
	error = start_thread(store);
	if (error != 0) {
		(void)pthread_cond_destroy(&store->changed);
		(void)pthread_mutex_destroy(&store->lock);
		free(store);
		return err_set_errno(err, error, "cannot start a thread");
	}
	*out = store;
	return 0;
}

/* The thread is gone, or as good as. */
static bool
wait_for_end(struct windowstore *store, int64_t wait_ms)
{
	struct timespec until;
	bool has_ended;
	int error = 0;

	if (clock_gettime(CLOCK_MONOTONIC, &until) != 0)
		xdie("the system has no clock");
	until.tv_sec += (time_t)(wait_ms / 1000);
	until.tv_nsec += (long)(wait_ms % 1000) * NSEC_PER_MS;
	if (until.tv_nsec >= 1000 * NSEC_PER_MS) {
		until.tv_sec++;
		until.tv_nsec -= 1000 * NSEC_PER_MS;
	}
	take(store);
	store->ends = true;
	(void)pthread_cond_signal(&store->changed);
	while (!store->has_ended && error == 0)
		error = pthread_cond_timedwait(
		    &store->changed, &store->lock, &until);
	has_ended = store->has_ended;
	give(store);
	return has_ended;
}

bool
windowstore_stop(struct windowstore *store, int64_t wait_ms)
{
	if (store == NULL)
		return true;
	if (!wait_for_end(store, wait_ms))
		return false;
	(void)pthread_join(store->thread, NULL);
	(void)pthread_cond_destroy(&store->changed);
	(void)pthread_mutex_destroy(&store->lock);
	buf_release(&store->archive);
	repo_free(store->repo);
	free(store);
	return true;
}

bool
windowstore_is_busy(struct windowstore *store)
{
	bool is_busy;

	take(store);
	is_busy = store->stage != STAGE_FREE;
	give(store);
	return is_busy;
}

bool
windowstore_is_idle(struct windowstore *store)
{
	bool is_idle;

	take(store);
	is_idle = store->stage == STAGE_FREE && !store->is_telling;
	give(store);
	return is_idle;
}

void
windowstore_put(struct windowstore *store, const struct snapshot_info *info,
    struct buf *archive, const char *smaller)
{
	take(store);
	store->info = *info;
	store->archive = *archive;
	*archive = (struct buf){ 0 };
	(void)snprintf(store->smaller, sizeof(store->smaller), "%s", smaller);
	store->stage = STAGE_GIVEN;
	(void)pthread_cond_signal(&store->changed);
	give(store);
}

bool
windowstore_fetch(struct windowstore *store, struct windowstore_result *out)
{
	bool is_answered;

	take(store);
	is_answered = store->stage == STAGE_ANSWERED;
	if (is_answered) {
		*out = store->result;
		store->stage = STAGE_FREE;
	}
	give(store);
	return is_answered;
}
