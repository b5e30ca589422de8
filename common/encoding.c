#include "common/encoding.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

/* The two alphabets of RFC 4648, sections 4 and 5. */
static const char standard[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void
hex_encode(const void *data, size_t size, char *out)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++) {
		out[i * 2] = hex_digits[bytes[i] >> 4];
		out[i * 2 + 1] = hex_digits[bytes[i] & 0xfU];
	}
	out[size * 2] = '\0';
}

/* The value of a hex digit, -1 for any other character. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	if (c >= 'A' && c <= 'F') {
		return c - 'A' + 10;
	}
	return -1;
}

bool
hex_decode(struct bytes text, void *out, size_t size)
{
	uint8_t *bytes = out;

	if (text.size / 2 != size || text.size % 2 != 0) {
		return false;
	}
	for (size_t i = 0; i < size; i++) {
		const int high = hex_value(text.data[i * 2]);
		const int low = hex_value(text.data[i * 2 + 1]);

		if (high < 0 || low < 0) {
			return false;
		}
		bytes[i] = (uint8_t)(high * 16 + low);
	}
	return true;
}

/* Write the digits of one to three bytes, without padding; return how many. */
static size_t
encode_group(
    const uint8_t *bytes, size_t count, const char *alphabet, char out[4])
{
	uint32_t group = 0;

	for (size_t i = 0; i < 3; i++) {
		group = group << 8 | (i < count ? bytes[i] : 0U);
	}
	for (size_t i = 0; i <= count; i++) {
		out[i] = alphabet[group >> (18 - 6 * i) & 0x3fU];
	}
	return count + 1;
}

/* The value of a digit; marks62 has those of 62 and 63.  -1 if it is none. */
static int
base64_value(char c, const char *marks62)
{
	if (c >= 'A' && c <= 'Z') {
		return c - 'A';
	}
	if (c >= 'a' && c <= 'z') {
		return c - 'a' + 26;
	}
	if (c >= '0' && c <= '9') {
		return c - '0' + 52;
	}
	if (c == marks62[0]) {
		return 62;
	}
	return c == marks62[1] ? 63 : -1;
}

/*
 * The reverse of encode_group, of 2 to 4 digits into one byte less.  False for
 * a foreign character, and for bits that no encoder sets.
 */
static bool
decode_group(
    const char *digits, size_t count, const char *marks62, uint8_t *out)
{
	uint32_t group = 0;

	for (size_t i = 0; i < 4; i++) {
		const int value =
		    i < count ? base64_value(digits[i], marks62) : 0;

		if (value < 0) {
			return false;
		}
		group = group << 6 | (uint32_t)value;
	}
	for (size_t i = 0; i + 1 < count; i++) {
		out[i] = (uint8_t)(group >> (16 - 8 * i) & 0xffU);
	}
	return count == 4 || (group & (count == 3 ? 0xffU : 0xffffU)) == 0;
}

void
base64_encode(struct buf *out, struct bytes data)
{
	uint8_t group[3];

	for (size_t i = 0; i < data.size; i += sizeof(group)) {
		const size_t left = data.size - i;
		const size_t count =
		    left < sizeof(group) ? left : sizeof(group);
		char text[4] = { '=', '=', '=', '=' };

		memcpy(group, data.data + i, count);
		(void)encode_group(group, count, standard, text);
		buf_add(out, text, sizeof(text));
	}
}

bool
base64_decode(struct bytes text, struct arena *arena, struct bytes *out)
{
	if (text.size % 4 != 0) {
		return false;
	}
	size_t digits = text.size;

	for (int i = 0; i < 2 && digits > 0 && text.data[digits - 1] == '=';
	     i++) {
		digits--;
	}
	/* With the NUL that every string in an arena has. */
	uint8_t *bytes = arena_alloc(arena, text.size / 4 * 3 + 1, 1);
	size_t size = 0;

	for (size_t i = 0; i < digits; i += 4) {
		const size_t count = digits - i < 4 ? digits - i : 4;

		if (!decode_group(
			text.data + i, count, standard + 62, bytes + size)) {
			return false;
		}
		size += count - 1;
	}
	out->data = (const char *)bytes;
	out->size = size;
	return true;
}

void
uuid_format(const uint8_t id[UUID_SIZE], char out[UUID_TEXT_MAX])
{
	size_t used = 0;

	for (size_t i = 0; i < UUID_SIZE; i += 3) {
		const size_t count = UUID_SIZE - i < 3 ? UUID_SIZE - i : 3;
		char text[4];
		const size_t size = encode_group(id + i, count, url_safe, text);

		memcpy(out + used, text, size);
		used += size;
	}
	out[used] = '\0';
}

bool
uuid_parse(struct bytes text, uint8_t out[UUID_SIZE])
{
	uint8_t id[UUID_SIZE];

	if (text.size != UUID_TEXT_MAX - 1) {
		return false;
	}
	for (size_t i = 0; i * 4 < text.size; i++) {
		const size_t left = text.size - i * 4;

		if (!decode_group(text.data + i * 4, left < 4 ? left : 4,
			url_safe + 62, id + i * 3)) {
			return false;
		}
	}
	memcpy(out, id, sizeof(id));
	return true;
}
