/*
 * store_contract.h - what every driver promises, as one test that runs on all
 * of them.
 */
#ifndef TESTS_STORE_CONTRACT_H
#define TESTS_STORE_CONTRACT_H

#include "storage/store.h"

/* How the tests get a store: empty, probed, theirs to free. */
struct store_contract {
	const char *name; /* of the driver, in test names */
	struct store *(*open_empty)(void *context);
	void (*clean)(void *context); /* after the store was freed */
	void *context;
};

/* Run all of it as a group of cmocka tests; returns how many failed. */
int store_contract_run(struct store_contract *contract);

#endif /* TESTS_STORE_CONTRACT_H */
