/*
 * crc32c.c - see crc32c.h.  "Slicing by 8": table k holds what a byte does to
 * the checksum when k bytes follow it.
 */
#include "common/crc32c.h"

/* The polynomial, its bits reversed. */
#define POLYNOMIAL 0x82F63B78U

void
crc32c_init(struct crc32c *crc)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t value = byte;

		for (int bit = 0; bit < 8; bit++)
			value = (value >> 1) ^
			    ((value & 1U) != 0 ? POLYNOMIAL : 0U);
		crc->tables[0][byte] = value;
	}
	for (size_t slice = 1; slice < CRC32C_SLICES; slice++)
		for (size_t byte = 0; byte < 256; byte++) {
			const uint32_t before = crc->tables[slice - 1][byte];

			crc->tables[slice][byte] =
			    (before >> 8) ^ crc->tables[0][before & 0xFFU];
		}
}

static uint32_t
little_endian(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	    (uint32_t)at[3] << 24;
}

uint32_t
crc32c_of(const struct crc32c *crc, const void *data, size_t size)
{
	const uint8_t *at = data;
	uint32_t value = UINT32_MAX;

	for (; size >= CRC32C_SLICES; size -= CRC32C_SLICES) {
		const uint32_t low = little_endian(at) ^ value;

		value = crc->tables[7][low & 0xFFU] ^
		    crc->tables[6][low >> 8 & 0xFFU] ^
		    crc->tables[5][low >> 16 & 0xFFU] ^
		    crc->tables[4][low >> 24] ^ crc->tables[3][at[4]] ^
		    crc->tables[2][at[5]] ^ crc->tables[1][at[6]] ^
		    crc->tables[0][at[7]];
		at += CRC32C_SLICES;
	}
	for (; size > 0; size--)
		value = (value >> 8) ^ crc->tables[0][(value ^ *at++) & 0xFFU];
	return ~value;
}
