/*
 * contract_s3.c - the contract of storage drivers on a real S3 server.
 *
 *	contract_s3 BUCKET           all of it, below a prefix of its own each
 *	contract_s3 BUCKET ROUNDS    only the race of creators: prints in how
 *	                             many rounds not exactly one won
 *
 * Server and credentials are those of the environment, as for tidemark.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/env.h"
#include "common/err.h"
#include "common/parsenum.h"
#include "storage/s3.h"
#include "tests/unit/storage/store_contract.h"

struct place {
	struct env env;
	struct s3_settings settings;
	const char *bucket;
	char url[200];
	unsigned int number;
};

static const char *
look_up(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

static struct store *
open_again(void *context)
{
	const struct place *place = context;
	struct store *store = NULL;
	struct err err = { 0 };

	if (store_open(
		place->url, &place->settings, &place->env, &store, &err) != 0) {
		(void)fprintf(stderr, "%s\n", err.message);
		exit(2);
	}
	/* What init found out, as a repository would have kept it. */
	store_assume(store, STORE_CAN_EXCLUDE);
	return store;
}

static struct store *
open_empty(void *context)
{
	struct place *place = context;
	struct store *store;
	struct err err = { 0 };

	place->number++;
	(void)snprintf(place->url, sizeof(place->url), "s3://%s/contract/%u",
	    place->bucket, place->number);
	store = open_again(context);
	if (store_probe(store, true, &err) != 0) {
		(void)fprintf(stderr, "%s\n", err.message);
		exit(2);
	}
	return store;
}

static void
clean(void *context)
{
	(void)context; /* the bucket is thrown away as a whole */
}

int
main(int argc, char **argv)
{
	struct place place = { .settings = { .retry_ms = 5000,
				   .stall_ms = 30000,
				   .lookup = look_up } };
	struct store_contract contract = { "S3", open_empty, open_again, clean,
		&place };
	int64_t rounds;

	if (argc < 2)
		return 2;
	env_init_system(&place.env, NULL);
	place.bucket = argv[1];
	if (argc == 2)
		return store_contract_run(&contract) == 0 ? 0 : 1;
	if (!parse_i64(bytes_of(argv[2]), 1, 10000, &rounds))
		return 2;
	(void)printf("%zu\n", store_contract_race(&contract, (size_t)rounds));
	return 0;
}
