/*
 * fields.h - the fields of a JSON object that must all be there: a missing one,
 * or one of another type, is ERR_CORRUPT that names it.
 */
#ifndef RESTORE_FIELDS_H
#define RESTORE_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

#define FIELDS_NAME_MAX 65536 /* bytes of a name or metadata */

/* ERR_CORRUPT for this key; returns -1. */
int fields_wrong(const char *key, struct err *err);

/* Refuse any key but those listed (NULL-terminated), with or without "_b64". */
int fields_check(
    json_t *object, const char *const *known, struct err *err) MUST_CHECK;

int fields_name(const json_t *object, const char *key, struct arena *arena,
    struct bytes *out, struct err *err) MUST_CHECK;
int fields_text(const json_t *object, const char *key, struct arena *arena,
    const char **out, struct err *err) MUST_CHECK;
int fields_i64(const json_t *object, const char *key, int64_t min, int64_t *out,
    struct err *err) MUST_CHECK;
int fields_i32(const json_t *object, const char *key, int32_t min, int32_t *out,
    struct err *err) MUST_CHECK;
int fields_bool(const json_t *object, const char *key, bool *out,
    struct err *err) MUST_CHECK;

/* RFC 3339, or a number of milliseconds. */
int fields_time(const json_t *object, const char *key, int64_t *out,
    struct err *err) MUST_CHECK;

/* A text that must fit an array, with its NUL. */
struct field_array {
	char *out;
	size_t capacity;
};
int fields_array(const json_t *object, const char *key, struct arena *arena,
    struct field_array field, struct err *err) MUST_CHECK;

#endif /* RESTORE_FIELDS_H */
