/*
 * Every group id, by the call that librdkafka has deprecated: the only one
 * that does not drop the groups of Connect, Streams and share consumers.
 *
 * It blocks for its whole time and cannot be stopped.  So it runs on a thread;
 * after an interruption the thread inherits the handle, which it closes when
 * the call comes back, if the process still lives then.
 */
#include "kafka/rdcluster.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/env.h"
#include "common/xalloc.h"

/* The legacy call must not wait for nothing. */
#define TIMEOUT_MAX_MS 600000

struct job {
	pthread_mutex_t lock;
	struct rdhandle handle;
	int timeout_ms;
	bool done;      /* set by the thread */
	bool abandoned; /* set by the caller: the thread owns all of this */
	rd_kafka_resp_err_t error;
	const struct rd_kafka_group_list *list;
};

static void
free_job(struct job *job)
{
	if (job->list != NULL)
		rd_kafka_group_list_destroy(job->list);
	(void)pthread_mutex_destroy(&job->lock);
	free(job);
}

static void *
run_job(void *context)
{
	struct job *job = context;
	const struct rd_kafka_group_list *list = NULL;
	rd_kafka_resp_err_t error;
	bool abandoned;

	error =
	    rd_kafka_list_groups(job->handle.rk, NULL, &list, job->timeout_ms);
	(void)pthread_mutex_lock(&job->lock);
	job->error = error;
	job->list = list;
	job->done = true;
	abandoned = job->abandoned;
	(void)pthread_mutex_unlock(&job->lock);
	if (abandoned) {
		rdcluster_handle_close(&job->handle);
		free_job(job);
	}
	return NULL;
}

static bool
is_done(struct job *job)
{
	bool done;

	(void)pthread_mutex_lock(&job->lock);
	done = job->done;
	(void)pthread_mutex_unlock(&job->lock);
	return done;
}

/* True when the thread will clean up, false when it had just finished. */
static bool
abandon(struct job *job)
{
	bool abandoned;

	(void)pthread_mutex_lock(&job->lock);
	job->abandoned = !job->done;
	abandoned = job->abandoned;
	(void)pthread_mutex_unlock(&job->lock);
	return abandoned;
}

/*
 * DescribeGroups v0 says Dead, with no protocol, of every group that is not a
 * classic one.
 */
static struct listed_group
read_group(struct arena *arena, const struct rd_kafka_group_info *info)
{
	const char *state = info->state != NULL ? info->state : "";
	const char *protocol =
	    info->protocol_type != NULL ? info->protocol_type : "";
	const bool told = info->err == RD_KAFKA_RESP_ERR_NO_ERROR &&
	    state[0] != '\0' && strcmp(state, "Dead") != 0;

	return (struct listed_group){
		.name = arena_bytes(arena, bytes_of(info->group)),
		.type = told ? GROUP_CLASSIC : GROUP_UNKNOWN,
		.state = told ? arena_text(arena, state) : "unknown",
		.protocol_type = told ? arena_text(arena, protocol) : NULL,
		.coordinator = info->broker.id,
	};
}

static void
read_list(const struct rd_kafka_group_list *list, struct group_listing *out)
{
	const size_t count = (size_t)list->group_cnt;

	out->groups = arena_alloc(&out->arena, count, sizeof(*out->groups));
	out->count = count;
	for (size_t at = 0; at < count; at++)
		out->groups[at] = read_group(&out->arena, &list->groups[at]);
}

/* NULL on failure. */
static struct job *
start_job(struct rdcluster *cluster, int64_t timeout_ms, pthread_t *thread,
    struct err *err)
{
	struct job *job = xcalloc(1, sizeof(*job));
	int error;

	job->handle = cluster->handle;
	job->timeout_ms =
	    timeout_ms < TIMEOUT_MAX_MS ? (int)timeout_ms : TIMEOUT_MAX_MS;
	if (job->timeout_ms < 1)
		job->timeout_ms = 1;
	(void)pthread_mutex_init(&job->lock, NULL);
	error = pthread_create(thread, NULL, run_job, job);
	if (error == 0)
		return job;
	free_job(job);
	(void)err_set_errno(err, error, "cannot start a thread");
	return NULL;
}

int
rdlegacy_list(struct cluster *base, int64_t timeout_ms,
    struct group_listing *out, int *code, struct err *err)
{
	struct rdcluster *cluster = rdcluster_of(base);
	struct job *job;
	pthread_t thread;
	int rc = 0;

	if (cluster->handle.rk == NULL)
		return rdcluster_interrupted(err);
	job = start_job(cluster, timeout_ms, &thread, err);
	if (job == NULL)
		return -1;
	while (!is_done(job)) {
		if (env_interrupted(cluster->env) && abandon(job)) {
			cluster->handle = (struct rdhandle){ 0 };
			(void)pthread_detach(thread);
			return rdcluster_interrupted(err);
		}
		rdcluster_serve(cluster, &cluster->handle, 2);
	}
	(void)pthread_join(thread, NULL);
	if (job->list != NULL)
		read_list(job->list, out);
	/* _PARTIAL comes with a list, which proves too little. */
	if (job->error != RD_KAFKA_RESP_ERR_NO_ERROR) {
		*code = (int)job->error;
		rc = rdcluster_fail(
		    err, *code, NULL, "listing the groups of all brokers");
	}
	free_job(job);
	return rc;
}
