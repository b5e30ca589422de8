#include "formats/wire.h"

#include "formats/bigendian.h"

#define STRING_MAX ((size_t)INT16_MAX)

static struct bytes
fail(struct wire *from)
{
	const struct bytes none = { 0 };

	from->is_broken = true;
	from->rest = none;
	return none;
}

static struct bytes
take(struct wire *from, size_t size)
{
	const struct bytes taken = { from->rest.data, size };

	/* No data has no bytes to point between. */
	if (size > from->rest.size || from->rest.data == NULL)
		return fail(from);
	from->rest.data += size;
	from->rest.size -= size;
	return taken;
}

static uint64_t
take_number(struct wire *from, size_t size)
{
	const struct bytes taken = take(from, size);

	return bigendian_number(taken.data, taken.size);
}

bool
wire_done(const struct wire *from)
{
	return !from->is_broken && from->rest.size == 0;
}

int8_t
wire_int8(struct wire *from)
{
	return (int8_t)take_number(from, sizeof(int8_t));
}

int16_t
wire_int16(struct wire *from)
{
	return (int16_t)take_number(from, sizeof(int16_t));
}

int32_t
wire_int32(struct wire *from)
{
	return (int32_t)take_number(from, sizeof(int32_t));
}

int64_t
wire_int64(struct wire *from)
{
	return (int64_t)take_number(from, sizeof(int64_t));
}

uint32_t
wire_uvarint(struct wire *from)
{
	uint64_t number = 0;

	for (unsigned int shift = 0; shift < 35; shift += 7) {
		const uint64_t byte = take_number(from, 1);

		number |= (byte & 0x7f) << shift;
		if ((byte & 0x80) == 0) {
			if (number > UINT32_MAX)
				break;
			return (uint32_t)number;
		}
	}
	(void)fail(from);
	return 0;
}

void
wire_skip(struct wire *from, size_t size)
{
	(void)take(from, size);
}

/* A length that null takes the place of: -1, or 0 of a compact one. */
static size_t
take_length(struct wire *from, size_t prefix_size, bool *is_null)
{
	int64_t length;

	if (from->is_flexible)
		length = (int64_t)wire_uvarint(from) - 1;
	else if (prefix_size == sizeof(int16_t))
		length = wire_int16(from);
	else
		length = wire_int32(from);
	*is_null = length == -1 && !from->is_broken;
	if (length < -1)
		(void)fail(from);
	return length < 0 ? 0 : (size_t)length;
}

struct bytes
wire_nullable_string(struct wire *from)
{
	const struct bytes none = { 0 };
	bool is_null;
	const size_t length = take_length(from, sizeof(int16_t), &is_null);

	if (is_null)
		return none;
	return length > STRING_MAX ? fail(from) : take(from, length);
}

struct bytes
wire_string(struct wire *from)
{
	const struct bytes text = wire_nullable_string(from);

	return text.data == NULL ? fail(from) : text;
}

struct bytes
wire_bytes(struct wire *from)
{
	bool is_null;
	const size_t length = take_length(from, sizeof(int32_t), &is_null);

	return is_null ? fail(from) : take(from, length);
}

size_t
wire_count(struct wire *from, size_t element_size)
{
	bool is_null;
	const size_t count = take_length(from, sizeof(int32_t), &is_null);

	if (is_null || count > from->rest.size / element_size) {
		(void)fail(from);
		return 0;
	}
	return count;
}

uint32_t
wire_tag_count(struct wire *from)
{
	return from->is_flexible ? wire_uvarint(from) : 0;
}

struct bytes
wire_tag(struct wire *from, uint32_t *number)
{
	*number = wire_uvarint(from);
	return take(from, wire_uvarint(from));
}

void
wire_skip_tags(struct wire *from)
{
	const uint32_t count = wire_tag_count(from);
	uint32_t number;

	for (uint32_t i = 0; i < count && !from->is_broken; i++)
		(void)wire_tag(from, &number);
}
