#include "common/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "common/encoding.h"
#include "common/xalloc.h"

struct sha256 {
	EVP_MD_CTX *digest;
	EVP_MD_CTX *copy; /* what sha256_peek finishes instead */
};

/* libcrypto fails here only without memory or without its providers. */
static void
require(int ok)
{
	if (ok != 1) {
		xdie("libcrypto cannot compute SHA-256");
	}
}

struct sha256 *
sha256_new(void)
{
	struct sha256 *hash = xcalloc(1, sizeof(*hash));

	hash->digest = EVP_MD_CTX_new();
	hash->copy = EVP_MD_CTX_new();
	require(hash->digest != NULL && hash->copy != NULL);
	require(EVP_DigestInit_ex(hash->digest, EVP_sha256(), NULL));
	return hash;
}

void
sha256_add(struct sha256 *hash, const void *data, size_t size)
{
	require(EVP_DigestUpdate(hash->digest, data, size));
}

void
sha256_peek(const struct sha256 *hash, uint8_t out[SHA256_SIZE])
{
	unsigned int size = 0;

	require(EVP_MD_CTX_copy_ex(hash->copy, hash->digest));
	require(EVP_DigestFinal_ex(hash->copy, out, &size));
}

void
sha256_free(struct sha256 *hash)
{
	if (hash == NULL) {
		return;
	}
	EVP_MD_CTX_free(hash->digest);
	EVP_MD_CTX_free(hash->copy);
	free(hash);
}

void
sha256_of(const void *data, size_t size, uint8_t out[SHA256_SIZE])
{
	require(EVP_Digest(data, size, out, NULL, EVP_sha256(), NULL));
}

const char *
sha256_hex(const void *data, size_t size, char out[SHA256_HEX_MAX])
{
	uint8_t digest[SHA256_SIZE];

	sha256_of(data, size, digest);
	hex_encode(digest, sizeof(digest), out);
	return out;
}

void
hmac_sha256(const void *key, size_t key_size, const void *data, size_t size,
    uint8_t out[SHA256_SIZE])
{
	uint8_t digest[SHA256_SIZE];

	/* Without a key libcrypto wants a pointer all the same. */
	if (key == NULL)
		key = "";
	require(HMAC(EVP_sha256(), key, (int)key_size, data, size, digest,
		    NULL) != NULL);
	memcpy(out, digest, SHA256_SIZE);
	OPENSSL_cleanse(digest, sizeof(digest));
}

bool
md5_of(const void *data, size_t size, uint8_t out[MD5_SIZE])
{
	return EVP_Digest(data, size, out, NULL, EVP_md5(), NULL) == 1;
}
