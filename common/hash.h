/*
 * hash.h - SHA-256, from libcrypto, in one shot and in pieces.
 */
#ifndef COMMON_HASH_H
#define COMMON_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

#define SHA256_SIZE 32
#define SHA256_HEX_MAX 65 /* 64 digits and a NUL */

struct sha256; /* a running hash */

struct sha256 *sha256_new(void) MUST_CHECK RETURNS_NONNULL;
void sha256_add(struct sha256 *hash, const void *data, size_t size);
/* The hash of all bytes so far; more may be added afterwards. */
void sha256_peek(const struct sha256 *hash, uint8_t out[SHA256_SIZE]);
void sha256_free(struct sha256 *hash);

void sha256_of(const void *data, size_t size, uint8_t out[SHA256_SIZE]);
/* The same as lower-case hex. */
const char *sha256_hex(const void *data, size_t size, char out[SHA256_HEX_MAX]);

/* HMAC with SHA-256 (RFC 2104); key and data may be out's own bytes. */
void hmac_sha256(const void *key, size_t key_size, const void *data,
    size_t size, uint8_t out[SHA256_SIZE]);

/* MD5, for a protocol that asks for it; false where this machine's policy
 * (FIPS) does not have it. */
#define MD5_SIZE 16
bool md5_of(const void *data, size_t size, uint8_t out[MD5_SIZE]) MUST_CHECK;

#endif /* COMMON_HASH_H */
