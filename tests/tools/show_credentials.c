/*
 * show_credentials.c - what the chain of credentials finds, as JSON, for tests
 * that stand in for its sources.
 *
 *	show_credentials [--profile NAME] [--again]
 *
 * With --again it is asked a second time after a line on standard input.  The
 * status is 1 with the error on standard error, as tidemark would say it.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/env.h"
#include "common/err.h"
#include "common/log.h"
#include "storage/awsprofile.h"
#include "storage/credentials.h"
#include "storage/http.h"

static const char *
look_up(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

static void
print_line(void *context, enum log_level level, const char *line)
{
	(void)context;
	(void)level;
	(void)fprintf(stderr, "%s\n", line);
}

static int
fail(const struct err *err)
{
	(void)fprintf(stderr, "%s\n%s\n", err->message, err->hint);
	return 1;
}

static int
show(struct credential_chain *chain)
{
	const struct credentials *found = NULL;
	struct err err = { 0 };
	json_t *line;

	if (credential_chain_get(chain, &found, &err) != 0)
		return fail(&err);
	line = json_pack("{s:s, s:s, s:s?, s:I, s:s}", "access_key",
	    found->access_key, "secret_key", found->secret_key, "token",
	    found->session_token, "expires_ms", (json_int_t)found->expires_ms,
	    "source", found->source);
	(void)json_dumpf(line, stdout, JSON_COMPACT);
	(void)putchar('\n');
	(void)fflush(stdout);
	json_decref(line);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct http_options options = { .connect_ms = 2000,
		.stall_ms = 5000 };
	const struct log log = { LOG_WARN, print_line, NULL };
	struct credential_settings settings = {
		.lookup = look_up, .region = getenv("AWS_REGION"), .log = &log
	};
	struct aws_profiles *profiles = NULL;
	struct credential_chain *chain;
	const char *profile = NULL;
	struct env env;
	struct err err = { 0 };
	bool again = false;
	int status;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--again") == 0)
			again = true;
		else if (strcmp(argv[i], "--profile") == 0 && i + 1 < argc)
			profile = argv[++i];
	}
	env_init_system(&env, NULL);
	if (aws_profiles_load(profile, look_up, NULL, &profiles, &err) != 0)
		return fail(&err);
	settings.profiles = profiles;
	settings.env = &env;
	settings.http = http_new(&options, &env);
	chain = credential_chain_new(&settings);
	status = show(chain);
	if (status == 0 && again && getchar() != EOF)
		status = show(chain);
	credential_chain_free(chain);
	http_free(settings.http);
	aws_profiles_free(profiles);
	return status;
}
