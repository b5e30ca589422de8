/*
 * jsonline.c - see jsonline.h.
 */
#include "formats/jsonline.h"

#include <stdio.h>
#include <string.h>

#include "common/encoding.h"
#include "common/utf8.h"
#include "formats/limits.h"

#define KEY_MAX 64
/* Up to here a name stays readable, whatever its escapes cost. */
#define SHORT_NAME 1024

/* What stands behind the backslash for a character that needs one. */
static char
short_escape(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return '\0';
	}
}

static bool
needs_escape(char c)
{
	return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

void
jsonline_add_string(struct buf *out, struct bytes text)
{
	size_t done = 0;

	buf_add_char(out, '"');
	for (size_t i = 0; i < text.size; i++) {
		char escape;

		if (!needs_escape(text.data[i]))
			continue;
		if (i > done)
			buf_add(out, text.data + done, i - done);
		done = i + 1;
		escape = short_escape((unsigned char)text.data[i]);
		if (escape != '\0') {
			buf_add_char(out, '\\');
			buf_add_char(out, escape);
		} else {
			buf_add_format(out, "\\u%04x",
			    (unsigned int)(unsigned char)text.data[i]);
		}
	}
	if (text.size > done)
		buf_add(out, text.data + done, text.size - done);
	buf_add_char(out, '"');
}

bool
jsonline_is_plain(struct bytes text)
{
	size_t escaped = 0;

	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '\0')
			return false;
		if (!needs_escape(text.data[i]))
			escaped++;
		else if (short_escape((unsigned char)text.data[i]) != '\0')
			escaped += 2;
		else
			escaped += 6;
	}
	if (text.size > SHORT_NAME && escaped > (text.size + 2) / 3 * 4)
		return false;
	return utf8_valid(text);
}

static void
add_base64(struct buf *out, struct bytes text)
{
	buf_add_char(out, '"');
	base64_encode(out, text);
	buf_add_char(out, '"');
}

void
jsonline_add_name(struct buf *out, const char *key, struct bytes text)
{
	buf_add_char(out, '"');
	buf_add_text(out, key);
	if (jsonline_is_plain(text)) {
		buf_add(out, "\":", 2);
		jsonline_add_string(out, text);
	} else {
		buf_add_text(out, "_b64\":");
		add_base64(out, text);
	}
}

void
jsonline_add_element(struct buf *out, struct bytes text)
{
	if (jsonline_is_plain(text)) {
		jsonline_add_string(out, text);
		return;
	}
	buf_add_text(out, "{\"b64\":");
	add_base64(out, text);
	buf_add_char(out, '}');
}

/* Find out how deep text is nested before it is parsed. */
static bool
is_shallow(struct bytes text)
{
	int depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < text.size; i++) {
		const char c = text.data[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '[' || c == '{') {
			if (++depth > LIMIT_DEPTH)
				return false;
		} else if (c == ']' || c == '}') {
			depth--;
		}
	}
	return true;
}

int
jsonline_parse(
    struct bytes text, size_t size_limit, json_t **out, struct err *err)
{
	json_error_t error;
	json_t *root;

	if (text.size > size_limit)
		return err_set(err, ERR_CORRUPT,
		    "JSON of %zu bytes is over the limit of %zu", text.size,
		    size_limit);
	if (!is_shallow(text))
		return err_set(err, ERR_CORRUPT,
		    "JSON is nested more than %d deep", LIMIT_DEPTH);
	root = json_loadb(text.size == 0 ? "" : text.data, text.size,
	    JSON_REJECT_DUPLICATES, &error);
	if (root == NULL) {
		char shown[JSON_ERROR_TEXT_LENGTH * 2];

		return err_set(err, ERR_CORRUPT, "not valid JSON: %s",
		    utf8_escape_to(bytes_of(error.text), shown, sizeof(shown)));
	}
	if (!json_is_object(root)) {
		json_decref(root);
		return err_set(err, ERR_CORRUPT, "not a JSON object");
	}
	*out = root;
	return 0;
}

static int
refuse_value(const char *key, const char *what, struct err *err)
{
	return err_set(err, ERR_CORRUPT, "\"%s\" is not %s", key, what);
}

int
jsonline_get_i64(const json_t *object, const char *key, int64_t min,
    int64_t max, int64_t *out, struct err *err)
{
	const json_t *value = json_object_get(object, key);

	if (value == NULL)
		return 0;
	if (!json_is_integer(value))
		return refuse_value(key, "an integer", err);
	if (json_integer_value(value) < min || json_integer_value(value) > max)
		return refuse_value(key, "in its range", err);
	*out = (int64_t)json_integer_value(value);
	return 0;
}

int
jsonline_need_count(const json_t *object, const char *key, int64_t max,
    size_t *out, struct err *err)
{
	int64_t value = -1;

	if (jsonline_get_i64(object, key, 0, max, &value, err) != 0)
		return -1;
	if (value < 0)
		return err_set(
		    err, ERR_CORRUPT, "count \"%s\" is missing", key);
	*out = (size_t)value;
	return 0;
}

int
jsonline_get_i32(const json_t *object, const char *key, int32_t min,
    int32_t *out, struct err *err)
{
	int64_t wide = *out;

	if (jsonline_get_i64(object, key, min, INT32_MAX, &wide, err) != 0)
		return -1;
	*out = (int32_t)wide;
	return 0;
}

int
jsonline_get_bool(
    const json_t *object, const char *key, bool *out, struct err *err)
{
	const json_t *value = json_object_get(object, key);

	if (value == NULL)
		return 0;
	if (!json_is_boolean(value))
		return refuse_value(key, "true or false", err);
	*out = json_is_true(value);
	return 0;
}

int
jsonline_get_string(
    const json_t *object, const char *key, struct bytes *out, struct err *err)
{
	const json_t *value = json_object_get(object, key);

	if (value == NULL)
		return 0;
	if (!json_is_string(value))
		return refuse_value(key, "a string", err);
	out->data = json_string_value(value);
	out->size = json_string_length(value);
	return 0;
}

int
jsonline_get_array(
    const json_t *object, const char *key, json_t **out, struct err *err)
{
	json_t *value = json_object_get(object, key);

	*out = NULL;
	if (value == NULL)
		return 0;
	if (!json_is_array(value))
		return refuse_value(key, "an array", err);
	*out = value;
	return 0;
}

int
jsonline_get_object(
    const json_t *object, const char *key, json_t **out, struct err *err)
{
	json_t *value = json_object_get(object, key);

	*out = NULL;
	if (value == NULL)
		return 0;
	if (!json_is_object(value))
		return refuse_value(key, "an object", err);
	*out = value;
	return 0;
}

int
jsonline_get_name(const json_t *object, const char *key, struct arena *arena,
    struct bytes *out, bool *present, struct err *err)
{
	char key_b64[KEY_MAX];
	struct bytes text = { 0 };
	struct bytes encoded = { 0 };

	(void)snprintf(key_b64, sizeof(key_b64), "%s_b64", key);
	if (jsonline_get_string(object, key, &text, err) != 0 ||
	    jsonline_get_string(object, key_b64, &encoded, err) != 0)
		return -1;
	*present = text.data != NULL || encoded.data != NULL;
	if (text.data != NULL && encoded.data != NULL)
		return err_set(
		    err, ERR_CORRUPT, "both \"%s\" and \"%s\"", key, key_b64);
	if (text.size > LIMIT_NAME || encoded.size > (LIMIT_NAME + 2) / 3 * 4)
		return refuse_value(key, "within the limit of a name", err);
	if (text.data != NULL)
		*out = arena_bytes(arena, text);
	else if (encoded.data != NULL && !base64_decode(encoded, arena, out))
		return refuse_value(key_b64, "base64", err);
	return 0;
}

int
jsonline_get_text(const json_t *object, const char *key, struct arena *arena,
    const char **out, struct err *err)
{
	struct bytes text = { 0 };
	bool present;

	if (jsonline_get_name(object, key, arena, &text, &present, err) != 0)
		return -1;
	if (!present)
		return 0;
	if (text.size == 0) {
		*out = "";
		return 0;
	}
	if (memchr(text.data, '\0', text.size) != NULL)
		return refuse_value(key, "free of NUL", err);
	*out = text.data; /* NUL-terminated by the arena */
	return 0;
}

int
jsonline_get_element(const json_t *element, struct arena *arena,
    const char **out, struct err *err)
{
	if (json_is_object(element)) {
		struct bytes encoded = { 0 };
		struct bytes text = { 0 };

		if (jsonline_get_string(element, "b64", &encoded, err) != 0)
			return -1;
		if (!base64_decode(encoded, arena, &text))
			return refuse_value("b64", "base64", err);
		if (text.size > 0 && memchr(text.data, '\0', text.size) != NULL)
			return refuse_value("b64", "free of NUL", err);
		*out = text.size == 0 ? "" : text.data;
		return 0;
	}
	if (!json_is_string(element))
		return err_set(err, ERR_CORRUPT, "an element is not a string");
	*out = arena_text(arena, json_string_value(element));
	return 0;
}
