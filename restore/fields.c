#include "restore/fields.h"

#include <string.h>

#include "common/timetext.h"
#include "formats/jsonline.h"

int
fields_wrong(const char *key, struct err *err)
{
	return err_set(err, ERR_CORRUPT, "\"%s\" is missing or wrong", key);
}

int
fields_check(json_t *object, const char *const *known, struct err *err)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		size_t size = strlen(key);
		bool found = false;

		if (size > 4 && strcmp(key + size - 4, "_b64") == 0)
			size -= 4;
		for (size_t i = 0; known[i] != NULL && !found; i++)
			found = strlen(known[i]) == size &&
			    memcmp(known[i], key, size) == 0;
		if (!found)
			return err_set(
			    err, ERR_CORRUPT, "an unknown key \"%.64s\"", key);
	}
	return 0;
}

int
fields_name(const json_t *object, const char *key, struct arena *arena,
    struct bytes *out, struct err *err)
{
	bool present = false;

	if (jsonline_get_name(object, key, arena, out, &present, err) != 0)
		return -1;
	if (!present || out->size > FIELDS_NAME_MAX)
		return fields_wrong(key, err);
	return 0;
}

int
fields_text(const json_t *object, const char *key, struct arena *arena,
    const char **out, struct err *err)
{
	*out = NULL;
	if (jsonline_get_text(object, key, arena, out, err) != 0)
		return -1;
	return *out == NULL ? fields_wrong(key, err) : 0;
}

int
fields_array(const json_t *object, const char *key, struct arena *arena,
    struct field_array field, struct err *err)
{
	const char *text;

	if (fields_text(object, key, arena, &text, err) != 0)
		return -1;
	if (strlen(text) >= field.capacity)
		return fields_wrong(key, err);
	memcpy(field.out, text, strlen(text) + 1);
	return 0;
}

int
fields_i64(const json_t *object, const char *key, int64_t min, int64_t *out,
    struct err *err)
{
	if (json_object_get(object, key) == NULL)
		return fields_wrong(key, err);
	return jsonline_get_i64(object, key, min, INT64_MAX, out, err);
}

int
fields_i32(const json_t *object, const char *key, int32_t min, int32_t *out,
    struct err *err)
{
	if (json_object_get(object, key) == NULL)
		return fields_wrong(key, err);
	return jsonline_get_i32(object, key, min, out, err);
}

int
fields_bool(const json_t *object, const char *key, bool *out, struct err *err)
{
	if (json_object_get(object, key) == NULL)
		return fields_wrong(key, err);
	return jsonline_get_bool(object, key, out, err);
}

int
fields_time(
    const json_t *object, const char *key, int64_t *out, struct err *err)
{
	const json_t *value = json_object_get(object, key);
	struct err ignored = { 0 };

	if (json_is_integer(value))
		*out = json_integer_value(value);
	/* With now 0, so that "now" in a file means nothing of ours. */
	else if (!json_is_string(value) ||
	    strchr(json_string_value(value), 'T') == NULL ||
	    time_parse(json_string_value(value), 0, out, &ignored) != 0)
		return fields_wrong(key, err);
	return 0;
}
