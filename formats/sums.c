/*
 * sums.c - see sums.h.
 */
#include "formats/sums.h"

#include <string.h>

#include "common/encoding.h"

#define DIGITS ((size_t)SHA256_SIZE * 2)
#define GAP "  "
#define GAP_SIZE 2

void
sums_add(struct buf *out, const char *name, const uint8_t sha256[SHA256_SIZE])
{
	char hex[SHA256_HEX_MAX];

	hex_encode(sha256, SHA256_SIZE, hex);
	buf_add_text(out, hex);
	buf_add_text(out, GAP);
	buf_add_text(out, name);
	buf_add_char(out, '\n');
}

int
sums_next(
    struct textlines *lines, struct sums_line *out, bool *more, struct err *err)
{
	struct bytes line = { 0 };
	struct bytes hex;
	size_t size;

	if (textlines_next(lines, &line, more, err) != 0)
		return -1;
	if (!*more)
		return 0;
	if (line.size <= DIGITS + GAP_SIZE ||
	    line.size - DIGITS - GAP_SIZE >= TARMEMBER_NAME_MAX)
		return err_set(
		    err, ERR_CORRUPT, "line %zu is malformed", lines->number);
	hex.data = line.data;
	hex.size = DIGITS;
	size = line.size - DIGITS - GAP_SIZE;
	memcpy(out->name, line.data + DIGITS + GAP_SIZE, size);
	out->name[size] = '\0';
	if (!hex_decode(hex, out->sha256, SHA256_SIZE) ||
	    memcmp(line.data + DIGITS, GAP, GAP_SIZE) != 0 ||
	    strlen(out->name) != size)
		return err_set(
		    err, ERR_CORRUPT, "line %zu is malformed", lines->number);
	return 0;
}
