/*
 * test_store_contract.c - the contract, on the directory driver and on the
 * store in memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/env.h"
#include "common/err.h"
#include "tests/unit/storage/memory_store.h"
#include "tests/unit/storage/store_contract.h"
#include "tests/unit/storage/tempdir.h"

struct place {
	struct env env;
	char path[TEMPDIR_MAX];
};

static struct store *
open_dir(void *context)
{
	struct place *place = context;
	struct store *store = NULL;
	struct err err = { 0 };

	tempdir_make(place->path);
	if (store_open(place->path, NULL, &place->env, &store, &err) != 0 ||
	    store_probe(store, true, &err) != 0)
		abort();
	assert_true(store_has(store, STORE_CAN_EXCLUDE));
	return store;
}

static void
clean_dir(void *context)
{
	const struct place *place = context;

	tempdir_remove(place->path);
}

static struct store *
open_memory(void *context)
{
	struct store *store = memory_store_new();
	struct err err = { 0 };

	(void)context;
	if (store_probe(store, true, &err) != 0)
		abort();
	return store;
}

static void
clean_memory(void *context)
{
	(void)context;
}

int
main(void)
{
	struct place place = { 0 };
	struct store_contract dir = { "directory", open_dir, NULL, clean_dir,
		&place };
	struct store_contract memory = { "memory", open_memory, NULL,
		clean_memory, NULL };
	int failed;

	env_init_system(&place.env, NULL);
	failed = store_contract_run(&dir);
	return failed + store_contract_run(&memory);
}
