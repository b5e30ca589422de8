/*
 * memory_store.h - a store in memory: the third driver that the contract test
 * runs on, and a double that counts requests for tests of the repository.
 */
#ifndef TESTS_MEMORY_STORE_H
#define TESTS_MEMORY_STORE_H

#include <stddef.h>

#include "storage/store.h"

/* How many requests S3 would have got: a listing costs one for each thousand
 * lines. */
struct memory_counts {
	size_t writes;
	size_t reads;
	size_t lists;
	size_t stats;
};

struct store *memory_store_new(void);
struct memory_counts *memory_store_counts(struct store *store);

/* As if it were not there yet: probe without create is ERR_NO_REPO. */
void memory_store_hide(struct store *store);

/* As if it could not create without overwriting. */
void memory_store_weaken(struct store *store);

#endif /* TESTS_MEMORY_STORE_H */
