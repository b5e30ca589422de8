/*
 * jsonline.h - JSON as archives and plans use it: written by hand, read with
 * jansson, strictly and within limits.
 *
 * A name or text is bytes.  Under its key it stands as a JSON string; where it
 * is not UTF-8 or holds NUL (and where it is long and base64 is shorter than
 * the escaped string) it stands as base64 under the key with "_b64" behind.
 */
#ifndef FORMATS_JSONLINE_H
#define FORMATS_JSONLINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

/* Add UTF-8 text as a JSON string with its quotes. */
void jsonline_add_string(struct buf *out, struct bytes text);

/* Add "key":"text" or "key_b64":"...". */
void jsonline_add_name(struct buf *out, const char *key, struct bytes text);

/* The same in an array, where there is no key: "text" or {"b64":"..."}. */
void jsonline_add_element(struct buf *out, struct bytes text);

/* True where a name stands as a string, not as base64. */
bool jsonline_is_plain(struct bytes text);

/*
 * Parse text, which must be one JSON object: no key twice, only UTF-8, nested
 * at most LIMIT_DEPTH deep, no longer than size_limit.  The caller releases
 * *out with json_decref().
 */
int jsonline_parse(struct bytes text, size_t size_limit, json_t **out,
    struct err *err) MUST_CHECK;

/*
 * Look up a member.  One that is absent leaves *out as it was (so set the
 * default before) and is no error; one of another type, or out of bounds, is
 * ERR_CORRUPT.
 */
int jsonline_get_i64(const json_t *object, const char *key, int64_t min,
    int64_t max, int64_t *out, struct err *err) MUST_CHECK;
int jsonline_get_i32(const json_t *object, const char *key, int32_t min,
    int32_t *out, struct err *err) MUST_CHECK;
int jsonline_get_bool(const json_t *object, const char *key, bool *out,
    struct err *err) MUST_CHECK;
/* A count of at most max; one that is absent is ERR_CORRUPT. */
int jsonline_need_count(const json_t *object, const char *key, int64_t max,
    size_t *out, struct err *err) MUST_CHECK;
/* Borrowed from the object. */
int jsonline_get_string(const json_t *object, const char *key,
    struct bytes *out, struct err *err) MUST_CHECK;
/* *out is an array or NULL. */
int jsonline_get_array(const json_t *object, const char *key, json_t **out,
    struct err *err) MUST_CHECK;
int jsonline_get_object(const json_t *object, const char *key, json_t **out,
    struct err *err) MUST_CHECK;

/* key or key_b64, copied into the arena; absent gives *present false. */
int jsonline_get_name(const json_t *object, const char *key,
    struct arena *arena, struct bytes *out, bool *present,
    struct err *err) MUST_CHECK;

/* A text in C: a name without NUL.  Absent leaves *out as it was. */
int jsonline_get_text(const json_t *object, const char *key,
    struct arena *arena, const char **out, struct err *err) MUST_CHECK;

/* An element as jsonline_add_element wrote it, without NUL. */
int jsonline_get_element(const json_t *element, struct arena *arena,
    const char **out, struct err *err) MUST_CHECK;

#endif /* FORMATS_JSONLINE_H */
