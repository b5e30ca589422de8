/*
 * seal.c - see seal.h.
 */
#include "formats/seal.h"

#include <string.h>

/* Magic, size and tag: everything before the hashes. */
static const unsigned char head[16] = { 0x54, 0x2A, 0x4D, 0x18, 72, 0, 0, 0,
	'T', 'I', 'D', 'E', 'S', 'E', 'A', 'L' };

void
seal_encode(const struct seal *seal, struct buf *out)
{
	buf_add(out, head, sizeof(head));
	buf_add(out, seal->manifest, sizeof(seal->manifest));
	buf_add(out, seal->whole, sizeof(seal->whole));
}

bool
seal_decode(struct bytes data, struct seal *out)
{
	if (data.size != SEAL_SIZE ||
	    memcmp(data.data, head, sizeof(head)) != 0)
		return false;
	memcpy(out->manifest, data.data + sizeof(head), SHA256_SIZE);
	memcpy(out->whole, data.data + sizeof(head) + SHA256_SIZE, SHA256_SIZE);
	return true;
}
