/*
 * credentials.c - see credentials.h: the order of the sources, and when one is
 * asked again.
 */
#include "storage/credentials.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/log.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "storage/awsprofile.h"
#include "storage/credparts.h"

/* source_profile of source_profile of ... */
#define ROLE_DEPTH 5

#define SHOWN_MAX 120

struct credential_chain {
	struct credential_settings settings;
	struct keys keys;
	struct credentials shown; /* borrows from keys */
	bool is_known;
	bool is_renewable; /* asking again can give others */
	bool is_spent;     /* the server called them expired */
};

const char *
cred_variable(const struct credential_settings *settings, const char *name)
{
	const char *text = settings->lookup(settings->lookup_context, name);

	return text != NULL && text[0] != '\0' ? text : NULL;
}

/* ------------------------------------------------------------ fixed keys */

static enum source_result
take_fixed(const char *access_key, const char *secret_key, const char *token,
    const char *where, struct keys *out, struct err *err)
{
	if (access_key == NULL && secret_key == NULL)
		return SOURCE_NONE;
	if (access_key == NULL || secret_key == NULL) {
		(void)err_set(err, ERR_USAGE, "%s has %s", where,
		    access_key == NULL
			? "a secret access key and no access key id"
			: "an access key id and no secret access key");
		return SOURCE_FAILED;
	}
	if (!cred_is_printable(access_key) || !cred_is_printable(secret_key) ||
	    (token != NULL && !cred_is_printable(token))) {
		(void)err_set(err, ERR_USAGE,
		    "a key in %s has a blank, a line end or another character "
		    "that no key has",
		    where);
		return SOURCE_FAILED;
	}
	out->access_key = xstrdup(access_key);
	out->secret_key = xstrdup(secret_key);
	out->session_token = token == NULL ? NULL : xstrdup(token);
	out->expires_ms = INT64_MAX;
	return SOURCE_FOUND;
}

static enum source_result
from_environment(const struct credential_settings *settings, struct keys *out,
    struct err *err)
{
	const char *token = cred_variable(settings, "AWS_SESSION_TOKEN");

	if (token == NULL) /* the older name */
		token = cred_variable(settings, "AWS_SECURITY_TOKEN");
	return take_fixed(cred_variable(settings, "AWS_ACCESS_KEY_ID"),
	    cred_variable(settings, "AWS_SECRET_ACCESS_KEY"), token,
	    "the environment", out, err);
}

static enum source_result
from_file(const struct credential_settings *settings, const char *profile,
    bool is_credentials, struct keys *out, struct err *err)
{
	const struct aws_profiles *profiles = settings->profiles;

	return take_fixed(aws_profiles_get_in(profiles, profile,
			      "aws_access_key_id", is_credentials),
	    aws_profiles_get_in(
		profiles, profile, "aws_secret_access_key", is_credentials),
	    aws_profiles_get_in(
		profiles, profile, "aws_session_token", is_credentials),
	    "the profile", out, err);
}

/* ------------------------------------------------------------------- roles */

static int
read_role(const struct credential_settings *settings, const char *profile,
    struct role *out, struct err *err)
{
	const struct aws_profiles *profiles = settings->profiles;

	*out = (struct role){
		.arn = aws_profiles_get(profiles, profile, "role_arn"),
		.session_name =
		    aws_profiles_get(profiles, profile, "role_session_name"),
		.external_id =
		    aws_profiles_get(profiles, profile, "external_id"),
		.duration_seconds =
		    aws_profiles_get(profiles, profile, "duration_seconds"),
	};
	if (aws_profiles_get(profiles, profile, "mfa_serial") == NULL)
		return 0;
	(void)err_set(err, ERR_USAGE,
	    "the role of the profile asks for a code (mfa_serial), and nobody "
	    "is there to type it");
	err_hint(
	    err, "use a profile without mfa_serial, or a credential_process");
	return -1;
}

static enum source_result
fail_source(struct err *err, const char *what, const char *name)
{
	char shown[SHOWN_MAX];

	(void)err_set(err, ERR_USAGE, "%s \"%s\"", what,
	    utf8_escape_to(bytes_of(name), shown, sizeof(shown)));
	return SOURCE_FAILED;
}

static enum source_result
from_named_source(const struct credential_settings *settings, const char *name,
    struct keys *out, struct err *err)
{
	enum source_result found;

	if (strcasecmp(name, "Environment") == 0)
		found = from_environment(settings, out, err);
	else if (strcasecmp(name, "EcsContainer") == 0)
		found = cred_container(settings, out, err);
	else if (strcasecmp(name, "Ec2InstanceMetadata") == 0)
		found = cred_instance(settings, out, err);
	else
		return fail_source(err, "there is no credential_source", name);
	if (found == SOURCE_NONE)
		return fail_source(
		    err, "no credentials are at the credential_source", name);
	return found;
}

static enum source_result
from_web_identity(const struct credential_settings *settings,
    const char *profile, struct keys *out, struct err *err)
{
	const struct aws_profiles *profiles = settings->profiles;
	const char *file =
	    aws_profiles_get(profiles, profile, "web_identity_token_file");
	struct role role;

	if (file == NULL)
		return SOURCE_NONE;
	if (read_role(settings, profile, &role, err) != 0)
		return SOURCE_FAILED;
	if (role.arn == NULL) {
		(void)err_set(err, ERR_USAGE,
		    "the profile has a web_identity_token_file and no "
		    "role_arn");
		return SOURCE_FAILED;
	}
	return cred_assume_web(settings, &role, file, out, err) == 0
	    ? SOURCE_FOUND
	    : SOURCE_FAILED;
}

static enum source_result
from_process(const struct credential_settings *settings, const char *profile,
    struct keys *out, struct err *err)
{
	const char *command =
	    aws_profiles_get(settings->profiles, profile, "credential_process");

	if (command == NULL)
		return SOURCE_NONE;
	return cred_process(settings, command, out, err) == 0 ? SOURCE_FOUND
							      : SOURCE_FAILED;
}

/* What a profile has to offer a role whose source it is; its own role is not
 * among it. */
static enum source_result
from_source_profile(const struct credential_settings *settings,
    const char *profile, bool is_own, struct keys *out, struct err *err)
{
	enum source_result found = SOURCE_NONE;

	if (!is_own)
		found = from_web_identity(settings, profile, out, err);
	if (found == SOURCE_NONE)
		found = from_file(settings, profile, true, out, err);
	if (found == SOURCE_NONE)
		found = from_process(settings, profile, out, err);
	if (found == SOURCE_NONE)
		found = from_file(settings, profile, false, out, err);
	if (found == SOURCE_NONE)
		return fail_source(
		    err, "no credentials are in the source_profile", profile);
	return found;
}

/* Profiles with roles, each the source of the one before. */
struct role_line {
	const char *profiles[ROLE_DEPTH];
	size_t count;
	const char *source; /* of the last one: a profile, NULL: a place */
};

/* role_arn with source_profile or credential_source. */
static bool
has_role(const struct aws_profiles *profiles, const char *profile)
{
	return aws_profiles_get(profiles, profile, "role_arn") != NULL &&
	    (aws_profiles_get(profiles, profile, "source_profile") != NULL ||
		aws_profiles_get(profiles, profile, "credential_source") !=
		    NULL);
}

static enum source_result
find_roles(const struct credential_settings *settings, const char *profile,
    struct role_line *out, struct err *err)
{
	const struct aws_profiles *profiles = settings->profiles;

	while (has_role(profiles, profile)) {
		if (out->count == ROLE_DEPTH)
			return fail_source(err,
			    "the source_profile entries go in a circle, or "
			    "too deep, at",
			    profile);
		out->profiles[out->count++] = profile;
		out->source =
		    aws_profiles_get(profiles, profile, "source_profile");
		if (out->source == NULL || strcmp(out->source, profile) == 0)
			break;
		if (!aws_profiles_has(profiles, out->source))
			return fail_source(err,
			    "there is no profile for source_profile",
			    out->source);
		profile = out->source;
	}
	return out->count == 0 ? SOURCE_NONE : SOURCE_FOUND;
}

/* Assume the roles, from the last to the first; keys are replaced each time. */
static int
assume_roles(const struct credential_settings *settings,
    const struct role_line *line, struct keys *keys, struct err *err)
{
	for (size_t i = line->count; i > 0; i--) {
		struct keys next = { 0 };
		struct role role;

		if (read_role(settings, line->profiles[i - 1], &role, err) !=
			0 ||
		    cred_assume_role(settings, &role, keys, &next, err) != 0)
			return -1;
		keys_release(keys);
		*keys = next;
	}
	return 0;
}

static enum source_result
from_role(const struct credential_settings *settings, const char *profile,
    struct keys *out, struct err *err)
{
	struct role_line line = { 0 };
	enum source_result found = find_roles(settings, profile, &line, err);
	const char *last;

	if (found != SOURCE_FOUND)
		return found;
	last = line.profiles[line.count - 1];
	found = line.source != NULL
	    ? from_source_profile(settings, line.source,
		  strcmp(line.source, last) == 0, out, err)
	    : from_named_source(settings,
		  aws_profiles_get(
		      settings->profiles, last, "credential_source"),
		  out, err);
	if (found == SOURCE_FOUND &&
	    assume_roles(settings, &line, out, err) != 0) {
		keys_release(out);
		found = SOURCE_FAILED;
	}
	return found;
}

/* ------------------------------------------------------------- the sources */

static enum source_result
try_environment(const struct credential_settings *settings, struct keys *out,
    struct err *err)
{
	return aws_profiles_is_named(settings->profiles)
	    ? SOURCE_NONE
	    : from_environment(settings, out, err);
}

static enum source_result
try_role(const struct credential_settings *settings, struct keys *out,
    struct err *err)
{
	return from_role(
	    settings, aws_profiles_name(settings->profiles), out, err);
}

static enum source_result
try_web_identity(const struct credential_settings *settings, struct keys *out,
    struct err *err)
{
	const char *file =
	    cred_variable(settings, "AWS_WEB_IDENTITY_TOKEN_FILE");
	const struct role role = {
		.arn = cred_variable(settings, "AWS_ROLE_ARN"),
		.session_name =
		    cred_variable(settings, "AWS_ROLE_SESSION_NAME"),
	};

	if (aws_profiles_is_named(settings->profiles) || file == NULL)
		return from_web_identity(
		    settings, aws_profiles_name(settings->profiles), out, err);
	if (role.arn == NULL) {
		(void)err_set(err, ERR_USAGE,
		    "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is "
		    "not");
		return SOURCE_FAILED;
	}
	return cred_assume_web(settings, &role, file, out, err) == 0
	    ? SOURCE_FOUND
	    : SOURCE_FAILED;
}

static enum source_result
try_credentials_file(const struct credential_settings *settings,
    struct keys *out, struct err *err)
{
	return from_file(
	    settings, aws_profiles_name(settings->profiles), true, out, err);
}

static enum source_result
try_process(const struct credential_settings *settings, struct keys *out,
    struct err *err)
{
	return from_process(
	    settings, aws_profiles_name(settings->profiles), out, err);
}

static enum source_result
try_config_file(const struct credential_settings *settings, struct keys *out,
    struct err *err)
{
	return from_file(
	    settings, aws_profiles_name(settings->profiles), false, out, err);
}

/* Signing in with a browser is for people. */
static enum source_result
refuse_sso(const struct credential_settings *settings, struct keys *out,
    struct err *err)
{
	const struct aws_profiles *profiles = settings->profiles;
	const char *name = aws_profiles_name(profiles);
	char shown[SHOWN_MAX];

	(void)out;
	if (aws_profiles_get(profiles, name, "sso_session") == NULL &&
	    aws_profiles_get(profiles, name, "sso_start_url") == NULL)
		return SOURCE_NONE;
	(void)utf8_escape_to(bytes_of(name), shown, sizeof(shown));
	(void)err_set(err, ERR_USAGE,
	    "the profile \"%s\" signs in by sso, which tidemark does not do "
	    "itself",
	    shown);
	err_hint(err,
	    "make a profile with: credential_process = aws configure "
	    "export-credentials --profile %s --format process",
	    shown);
	return SOURCE_FAILED;
}

struct source {
	const char *name;
	bool is_renewable;
	enum source_result (*find)(const struct credential_settings *settings,
	    struct keys *out, struct err *err);
};

static const struct source sources[] = {
	{ "the environment", false, try_environment },
	{ "a role of the profile", true, try_role },
	{ "a web identity", true, try_web_identity },
	{ "the credentials file", false, try_credentials_file },
	{ "the profile's credential_process", true, try_process },
	{ "the config file", false, try_config_file },
	{ "sso", false, refuse_sso },
	{ "the container's service", true, cred_container },
	{ "the instance's metadata service", true, cred_instance },
};

static int
fail_nowhere(const struct credential_settings *settings, struct err *err)
{
	char shown[SHOWN_MAX];

	(void)err_set(err, ERR_DENIED,
	    "no credentials for S3 were found: not in the environment, the "
	    "profile \"%s\", the container's service or the instance's "
	    "metadata service",
	    utf8_escape_to(bytes_of(aws_profiles_name(settings->profiles)),
		shown, sizeof(shown)));
	err_hint(err,
	    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile "
	    "with --s3-profile, or read a public bucket with --no-sign");
	return -1;
}

/* ------------------------------------------------------------------ the chain
 */

struct credential_chain *
credential_chain_new(const struct credential_settings *settings)
{
	struct credential_chain *chain = xcalloc(1, sizeof(*chain));

	chain->settings = *settings;
	return chain;
}

static int
resolve(struct credential_chain *chain, struct err *err)
{
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		struct keys keys = { 0 };

		switch (sources[i].find(&chain->settings, &keys, err)) {
		case SOURCE_NONE:
			continue;
		case SOURCE_FAILED:
			return -1;
		case SOURCE_FOUND:
			break;
		}
		keys_release(&chain->keys);
		chain->keys = keys;
		chain->is_known = true;
		chain->is_renewable = sources[i].is_renewable;
		chain->is_spent = false;
		chain->shown = (struct credentials){ keys.access_key,
			keys.secret_key, keys.session_token, keys.expires_ms,
			sources[i].name };
		log_debug(chain->settings.log, "credentials from %s",
		    sources[i].name);
		return 0;
	}
	return fail_nowhere(&chain->settings, err);
}

int
credential_chain_get(struct credential_chain *chain,
    const struct credentials **out, struct err *err)
{
	const int64_t left_ms = !chain->is_known || chain->is_spent
	    ? 0
	    : chain->keys.expires_ms - env_now_ms(chain->settings.env);
	struct err why = { 0 };

	*out = &chain->shown;
	if (left_ms > CREDENTIALS_EARLY_MS || resolve(chain, &why) == 0)
		return 0;
	if (left_ms > 0 && why.kind != ERR_INTERRUPTED) {
		log_warn(chain->settings.log,
		    "the credentials could not be renewed: %s", why.message);
		return 0;
	}
	*err = why;
	return -1;
}

bool
credential_chain_expire(struct credential_chain *chain)
{
	if (!chain->is_known || !chain->is_renewable || chain->is_spent)
		return false;
	chain->is_spent = true;
	return true;
}

void
credential_chain_free(struct credential_chain *chain)
{
	if (chain == NULL)
		return;
	keys_release(&chain->keys);
	free(chain);
}
