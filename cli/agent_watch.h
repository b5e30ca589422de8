/*
 * agent_watch.h - those who watch the agent: the service manager, who scrapes
 * its metrics, and a heartbeat service.  None of them can stop it.
 */
#ifndef CLI_AGENT_WATCH_H
#define CLI_AGENT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/metrics_file.h"
#include "common/compiler.h"
#include "common/err.h"

struct board;
struct context;
struct metricserver;
struct notify;
struct ping;
struct windowstore_result;

#define AGENT_WORDS_MAX 256

struct agent_watch {
	struct context *context;
	struct metrics_labels labels;
	struct board *board;
	struct metricserver *server; /* NULL: no --metrics */
	struct notify *notify;
	struct ping *ping;          /* NULL: no --ping-url */
	int64_t watchdog_ms;        /* when the manager is to be told next */
	int64_t told_ms;            /* when it was told the words ... */
	char told[AGENT_WORDS_MAX]; /* ... which were these */
	int64_t pinged_ms;          /* the store's thread's, as the next */
	bool pinged_success;
};

/*
 * Begin, with the board that the loop writes to: silent for alive_ms it is not
 * alive, without a capture for ready_ms not ready.  ERR_USAGE or ERR_IO, and
 * nobody was told.  Follow it with agent_watch_end, whatever the result.
 */
int agent_watch_begin(struct context *context, int64_t alive_ms,
    int64_t ready_ms, struct agent_watch *watch, struct err *err) MUST_CHECK;

/* Could it begin with the options of that context, while this one runs? */
int agent_watch_check(const struct agent_watch *watch, struct context *other,
    struct err *err) MUST_CHECK;

/* The loop has begun. */
void agent_watch_ready(struct agent_watch *watch);

/* It goes round, and how; may be called all the time. */
void agent_watch_beat(struct agent_watch *watch, const char *words);

/* The configuration is read again; agent_watch_ready ends that. */
void agent_watch_reloading(struct agent_watch *watch);

/* The loop ends. */
void agent_watch_stopping(struct agent_watch *watch);

/* The store's thread begins, which tells the heartbeat service: it may be slow.
 */
void agent_watch_begun(struct agent_watch *watch);

/* A window was stored, or not: on the thread that does this. */
void agent_watch_stored(struct agent_watch *watch,
    const struct windowstore_result *result, bool is_complete);

void agent_watch_end(struct agent_watch *watch);

#endif /* CLI_AGENT_WATCH_H */
