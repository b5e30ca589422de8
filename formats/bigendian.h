/*
 * bigendian.h - numbers as Kafka writes them, out of bytes whose length the
 * caller has checked.
 */
#ifndef FORMATS_BIGENDIAN_H
#define FORMATS_BIGENDIAN_H

#include <stdint.h>

#include "common/compiler.h"

int16_t bigendian_i16(const char *at) MUST_CHECK;
uint32_t bigendian_u32(const char *at) MUST_CHECK;
int32_t bigendian_i32(const char *at) MUST_CHECK;
int64_t bigendian_i64(const char *at) MUST_CHECK;

#endif /* FORMATS_BIGENDIAN_H */
