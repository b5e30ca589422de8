/*
 * encoding.h - hex and base64 (RFC 4648, padded, strict: what decodes encodes
 * to the same text again).
 */
#ifndef COMMON_ENCODING_H
#define COMMON_ENCODING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"

/* Lower-case hex; out has room for 2 * size + 1. */
void hex_encode(const void *data, size_t size, char *out);
/* Exactly size bytes from 2 * size digits of either case. */
bool hex_decode(struct bytes text, void *out, size_t size) MUST_CHECK;

void base64_encode(struct buf *out, struct bytes data);
/* Into the arena; false when text is not strict base64. */
bool base64_decode(
    struct bytes text, struct arena *arena, struct bytes *out) MUST_CHECK;

/*
 * Kafka writes topic ids as 22 characters of URL-safe base64 without padding
 * (org.apache.kafka.common.Uuid).
 */
#define UUID_SIZE 16
#define UUID_TEXT_MAX 23
void uuid_format(const uint8_t id[UUID_SIZE], char out[UUID_TEXT_MAX]);
bool uuid_parse(struct bytes text, uint8_t out[UUID_SIZE]) MUST_CHECK;

#endif /* COMMON_ENCODING_H */
