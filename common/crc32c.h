/*
 * crc32c.h - CRC-32C (Castagnoli, RFC 3720), by tables, eight bytes at a time.
 */
#ifndef COMMON_CRC32C_H
#define COMMON_CRC32C_H

#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

#define CRC32C_SLICES 8

/* Computed once, so that there is neither a global nor a page of numbers. */
struct crc32c {
	uint32_t tables[CRC32C_SLICES][256];
};

void crc32c_init(struct crc32c *crc);

uint32_t crc32c_of(
    const struct crc32c *crc, const void *data, size_t size) MUST_CHECK;

#endif /* COMMON_CRC32C_H */
