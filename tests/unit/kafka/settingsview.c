#include "tests/unit/kafka/settingsview.h"

#include <string.h>

#include "kafka/settings.h"

struct search {
	const char *name;
	const char *value;
	const char *origin;
	size_t count;
};

static int
compare(void *context, const char *name, const char *value, const char *origin,
    struct err *err)
{
	struct search *search = context;

	(void)err;
	search->count++;
	if (search->name != NULL && strcmp(search->name, name) == 0) {
		search->value = value;
		search->origin = origin;
	}
	return 0;
}

static struct search
look(const struct kafka_settings *settings, const char *name)
{
	struct search search = { .name = name };
	struct err err = { 0 };

	/* The visit above never fails. */
	(void)!kafka_settings_each(settings, compare, &search, &err);
	return search;
}

const char *
settingsview_value(const struct kafka_settings *settings, const char *name)
{
	return look(settings, name).value;
}

const char *
settingsview_origin(const struct kafka_settings *settings, const char *name)
{
	return look(settings, name).origin;
}

size_t
settingsview_count(const struct kafka_settings *settings)
{
	return look(settings, NULL).count;
}
