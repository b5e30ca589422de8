/*
 * httpdate.h - the Date header of an HTTP answer (RFC 9110, 5.6.7; only the
 * form that servers must send).
 */
#ifndef STORAGE_HTTPDATE_H
#define STORAGE_HTTPDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"

/* "Wed, 25 Nov 2026 14:05:00 GMT" to milliseconds; false for anything else. */
bool httpdate_parse(const char *text, int64_t *out) MUST_CHECK;

#endif /* STORAGE_HTTPDATE_H */
