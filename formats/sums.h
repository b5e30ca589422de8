/*
 * sums.h - SHA256SUMS, as sha256sum writes it: 64 hex digits, two spaces, the
 * name, a newline.
 */
#ifndef FORMATS_SUMS_H
#define FORMATS_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "common/hash.h"
#include "formats/tarmember.h"
#include "formats/textlines.h"

struct sums_line {
	char name[TARMEMBER_NAME_MAX];
	uint8_t sha256[SHA256_SIZE];
};

void sums_add(
    struct buf *out, const char *name, const uint8_t sha256[SHA256_SIZE]);

/* Give the next line; *more is false after the last. */
int sums_next(struct textlines *lines, struct sums_line *out, bool *more,
    struct err *err) MUST_CHECK;

#endif /* FORMATS_SUMS_H */
