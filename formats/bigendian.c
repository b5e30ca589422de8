/*
 * bigendian.c - see bigendian.h.
 */
#include "formats/bigendian.h"

uint64_t
bigendian_number(const char *at, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | (unsigned char)at[i];
	return value;
}

int16_t
bigendian_i16(const char *at)
{
	return (int16_t)bigendian_number(at, sizeof(int16_t));
}

uint32_t
bigendian_u32(const char *at)
{
	return (uint32_t)bigendian_number(at, sizeof(uint32_t));
}

int32_t
bigendian_i32(const char *at)
{
	return (int32_t)bigendian_u32(at);
}

int64_t
bigendian_i64(const char *at)
{
	return (int64_t)bigendian_number(at, sizeof(int64_t));
}
