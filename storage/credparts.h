/*
 * credparts.h - what the sources of credentials share: each is a function that
 * finds keys, or finds that it is not the one, or fails.
 */
#ifndef STORAGE_CREDPARTS_H
#define STORAGE_CREDPARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "storage/credentials.h"

/* Keys that the holder owns.  All zeroes: none. */
struct keys {
	char *access_key;
	char *secret_key;
	char *session_token; /* NULL: none */
	int64_t expires_ms;  /* INT64_MAX: never */
};

/* Wipes them. */
void keys_release(struct keys *keys);

enum source_result {
	SOURCE_NONE, /* not configured, or not on this machine */
	SOURCE_FOUND,
	SOURCE_FAILED, /* configured, and failed: err says how */
};

/* Keys and tokens become headers: printable ASCII without blanks. */
bool cred_is_printable(const char *text);

/* An environment variable that is set and not empty, else NULL. */
const char *cred_variable(
    const struct credential_settings *settings, const char *name);

/* A role to be assumed; what is NULL is left out. */
struct role {
	const char *arn;
	const char *session_name;
	const char *external_id;
	const char *duration_seconds;
};

/* AWS STS: AssumeRole, signed with the keys of source, and
 * AssumeRoleWithWebIdentity, whose token is read from a file each time. */
int cred_assume_role(const struct credential_settings *settings,
    const struct role *role, const struct keys *source, struct keys *out,
    struct err *err) MUST_CHECK;
int cred_assume_web(const struct credential_settings *settings,
    const struct role *role, const char *token_file, struct keys *out,
    struct err *err) MUST_CHECK;

/* The services of containers (ECS, EKS Pod Identity) and instances (IMDSv2). */
enum source_result cred_container(const struct credential_settings *settings,
    struct keys *out, struct err *err) MUST_CHECK;
enum source_result cred_instance(const struct credential_settings *settings,
    struct keys *out, struct err *err) MUST_CHECK;

/* Run a program, words split as a shell does but without one, and read keys
 * from what it prints. */
int cred_process(const struct credential_settings *settings,
    const char *command, struct keys *out, struct err *err) MUST_CHECK;

/*
 * Keys from a JSON document: of a program (SessionToken; Version must be 1), or
 * of a service (Token; Code, where there is one, must be Success).
 */
enum cred_form {
	CRED_OF_PROCESS,
	CRED_OF_SERVICE
};
int cred_parse_json(struct bytes text, enum cred_form form, struct keys *out,
    struct err *err) MUST_CHECK;

/* Keys from the answer of STS, whose root has that name. */
int cred_parse_sts(struct bytes text, const char *root, struct keys *out,
    struct err *err) MUST_CHECK;

#endif /* STORAGE_CREDPARTS_H */
