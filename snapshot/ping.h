/*
 * ping.h - telling a heartbeat service that a run begins, and how it ended, by
 * the conventions of healthchecks.io: GET URL/start, GET URL, and POST to
 * URL/fail with a few words.
 *
 * The URL is a secret: whoever has it can say that all is well.  No message
 * holds more of it than scheme and host.
 */
#ifndef SNAPSHOT_PING_H
#define SNAPSHOT_PING_H

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

struct env;
struct ping;

enum ping_event {
	PING_START,
	PING_SUCCESS,
	PING_FAIL,
};

/*
 * What the event adds to the path of the URL goes before its query.  ERR_USAGE
 * for what is no URL of http or https, or has a fragment.
 */
int ping_new(const char *url, const struct env *env, struct ping **out,
    struct err *err) MUST_CHECK;

/*
 * Tell it, within PING_LIMIT_MS: what may pass is tried again, but only once is
 * tried at all when the operator wants to stop.  words are for PING_FAIL, and
 * cut to PING_WORDS_MAX.
 */
#define PING_LIMIT_MS 10000
#define PING_WORDS_MAX 10000
int ping_send(struct ping *ping, enum ping_event event, struct bytes words,
    struct err *err) MUST_CHECK;

/* NULL is allowed. */
void ping_free(struct ping *ping);

#endif /* SNAPSHOT_PING_H */
