/*
 * store_contract.h - what every driver promises, as one test that runs on all
 * of them.
 */
#ifndef TESTS_STORE_CONTRACT_H
#define TESTS_STORE_CONTRACT_H

#include <stddef.h>

#include "storage/store.h"

/* How the tests get a store: empty, probed, theirs to free. */
struct store_contract {
	const char *name; /* of the driver, in test names */
	struct store *(*open_empty)(void *context);
	/* One more on the same place, for another thread; NULL where one store
	 * may serve several. */
	struct store *(*open_again)(void *context);
	void (*clean)(void *context); /* after the store was freed */
	void *context;
};

/* Run all of it as a group of cmocka tests; returns how many failed. */
int store_contract_run(struct store_contract *contract);

/* The race alone: how many of so many rounds had not exactly one winner. */
size_t store_contract_race(struct store_contract *contract, size_t rounds);

#endif /* TESTS_STORE_CONTRACT_H */
