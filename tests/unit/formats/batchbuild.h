/*
 * batchbuild.h - record batches as a broker writes them, for tests.
 */
#ifndef TESTS_BATCHBUILD_H
#define TESTS_BATCHBUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "formats/logbatch.h"
#include "formats/logrecord.h"

/* Where fields stand in a batch. */
#define BATCHBUILD_EPOCH_AT 12
#define BATCHBUILD_MAGIC_AT 16
#define BATCHBUILD_HEADER_SIZE 61

/* A plain batch at an offset, of no producer. */
struct logbatch batchbuild_plain(int64_t base_offset);

/* A record with a key and a value, either of which may be NULL. */
struct log_record batchbuild_record(
    int64_t offset, const char *key, const char *value);

/*
 * Add a batch to out: attributes, offsets, times and producer are the head's,
 * the content is the records'.  The last offset is that of the last record,
 * unless the head's is greater.
 */
void batchbuild_add(struct buf *out, const struct logbatch *head,
    const struct log_record *records, size_t count);

/* The same with a content that is given as it is to be stored. */
void batchbuild_add_content(
    struct buf *out, const struct logbatch *head, struct bytes content);

/* Plain records "k<offset>" = "v<offset>" from first to last in one batch. */
void batchbuild_add_range(struct buf *out, int64_t first, int64_t last);

/* Such records of a transaction. */
void batchbuild_add_written(
    struct buf *out, int64_t producer_id, int64_t first, int64_t last);

/* The marker that ends one. */
void batchbuild_add_marker(
    struct buf *out, int64_t producer_id, int64_t offset, bool is_commit);

/* A message set of magic 1 that holds one message without key. */
void batchbuild_add_old(struct buf *out, int64_t offset, const char *value);

/* size zero bytes as that codec stores them. */
void batchbuild_bomb(struct buf *out, unsigned int codec, size_t size);

/* What a codec makes of bytes. */
void batchbuild_compress(
    struct buf *out, unsigned int codec, struct bytes content);

#endif /* TESTS_BATCHBUILD_H */
