/*
 * credentials.h - who we are to S3: the chain of sources that AWS' tools look
 * through, in their order; the first that is configured decides, also when it
 * then fails:
 *
 *	1. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, unless a
 *	   profile is named by option
 *	2. role_arn of the profile, with source_profile or credential_source
 *	3. web identity: AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, or the
 *	   profile's web_identity_token_file and role_arn
 *	4. the profile's keys, in the credentials file
 *	5. credential_process of the profile
 *	6. the profile's keys, in the config file
 *	7. the container's service: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or
 *	   _FULL_URI, with AWS_CONTAINER_AUTHORIZATION_TOKEN or _TOKEN_FILE
 *	8. the instance's metadata service, version 2
 *
 * A profile with sso_* keys is ERR_USAGE that names credential_process and
 * the command that fills it in.  Secrets are in no message and are wiped.
 */
#ifndef STORAGE_CREDENTIALS_H
#define STORAGE_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"
#include "common/inifile.h"

struct aws_profiles;
struct env;
struct http;
struct log;

struct credentials {
	const char *access_key;
	const char *secret_key;
	const char *session_token; /* NULL: none */
	int64_t expires_ms;        /* INT64_MAX: never */
	const char *source;        /* for people: "the environment", ... */
};

/* All of it must outlive the chain. */
struct credential_settings {
	const struct aws_profiles *profiles;
	inifile_lookup_fn *lookup; /* the environment */
	void *lookup_context;
	const char *region; /* for STS; NULL: the global endpoint */
	struct http *http;
	const struct env *env;
	const struct log *log; /* may be NULL */
};

struct credential_chain;

struct credential_chain *credential_chain_new(
    const struct credential_settings *settings) MUST_CHECK RETURNS_NONNULL;

/*
 * The credentials to sign with now; they are valid until the next call.  Asked
 * for again CREDENTIALS_EARLY_MS before they expire (when that fails and they
 * are still good, they are used and it is logged).  No source at all:
 * ERR_DENIED with what could be done.
 */
#define CREDENTIALS_EARLY_MS INT64_C(300000)
int credential_chain_get(struct credential_chain *chain,
    const struct credentials **out, struct err *err) MUST_CHECK;

/* The server says that they have expired: ask the source again next time.
 * False if they came from a place that cannot give others. */
bool credential_chain_expire(struct credential_chain *chain);

void credential_chain_free(struct credential_chain *chain);

#endif /* STORAGE_CREDENTIALS_H */
