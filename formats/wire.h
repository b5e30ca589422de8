/*
 * wire.h - the field types of Kafka's serialization, read from bytes.
 *
 * A read that goes past the end, or finds a length or a count that cannot be,
 * breaks the reader: that read and all later ones give zero, nothing outside
 * of the bytes is looked at, and wire_done() is false.  So the caller reads all
 * fields in a row and asks once.  Texts point into the bytes read from.
 *
 * A flexible version (KIP-482) has compact strings, byte fields and counts, and
 * tagged fields at the end of each structure.
 */
#ifndef FORMATS_WIRE_H
#define FORMATS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

struct wire {
	struct bytes rest;
	bool is_broken;
	bool is_flexible; /* of this version; set by the caller */
};

/* Nothing is broken, and nothing is left. */
bool wire_done(const struct wire *from);

int8_t wire_int8(struct wire *from);
int16_t wire_int16(struct wire *from);
int32_t wire_int32(struct wire *from);
int64_t wire_int64(struct wire *from);
/* Of up to five bytes, as Kafka reads them. */
uint32_t wire_uvarint(struct wire *from);
void wire_skip(struct wire *from, size_t size);

/* At most 32767 bytes.  Where null is allowed it has no data, which an empty
 * string has. */
struct bytes wire_string(struct wire *from);
struct bytes wire_nullable_string(struct wire *from);
struct bytes wire_bytes(struct wire *from);

/*
 * The count of an array whose elements have at least element_size bytes each:
 * never more than can be there.
 */
size_t wire_count(struct wire *from, size_t element_size);

/* The tagged fields, if the version is flexible: how many, and one of them. */
uint32_t wire_tag_count(struct wire *from);
struct bytes wire_tag(struct wire *from, uint32_t *number);
void wire_skip_tags(struct wire *from);

#endif /* FORMATS_WIRE_H */
