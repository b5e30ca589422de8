/*
 * bigendian.h - numbers as Kafka writes them, out of bytes whose length the
 * caller has checked.
 */
#ifndef FORMATS_BIGENDIAN_H
#define FORMATS_BIGENDIAN_H

#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

/* Of 1 to 8 bytes; signs are the caller's. */
uint64_t bigendian_number(const char *at, size_t size) MUST_CHECK;

int16_t bigendian_i16(const char *at) MUST_CHECK;
uint32_t bigendian_u32(const char *at) MUST_CHECK;
int32_t bigendian_i32(const char *at) MUST_CHECK;
int64_t bigendian_i64(const char *at) MUST_CHECK;

#endif /* FORMATS_BIGENDIAN_H */
