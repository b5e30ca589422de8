/*
 * metricserver.h - the board over HTTP, on a thread of its own:
 *
 *	/metrics	in Prometheus' text format
 *	/healthz	200: the loop goes round; else 503 and why
 *	/readyz		200: captures are made and stored; else 503 and why
 *
 * GET and HEAD alone (405), nothing else is there (404).  A few connections at
 * once, and a silent one is cut: it can neither fill memory nor hold up the
 * loop, with which it shares the board and nothing else.  There is neither TLS
 * nor a password.
 */
#ifndef SNAPSHOT_METRICSERVER_H
#define SNAPSHOT_METRICSERVER_H

#include "common/compiler.h"
#include "common/err.h"

struct board;
struct metricserver;

/*
 * Serve the board, which must outlive the server, at where (listener.h).
 * Signals are left to the caller's threads.  ERR_USAGE, or ERR_IO: it cannot
 * listen there.
 */
int metricserver_start(const char *where, struct board *board,
    struct metricserver **out, struct err *err) MUST_CHECK;

/* Where it listens: "127.0.0.1:9108". */
const char *metricserver_address(const struct metricserver *server);

/* Requests under way are cut.  NULL is allowed. */
void metricserver_stop(struct metricserver *server);

/* Of libmicrohttpd: "0.9.75". */
const char *metricserver_library_version(void);

#endif /* SNAPSHOT_METRICSERVER_H */
