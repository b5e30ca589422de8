/*
 * settingsview.h - looking into settings, for tests.
 */
#ifndef TESTS_SETTINGSVIEW_H
#define TESTS_SETTINGSVIEW_H

#include <stddef.h>

struct kafka_settings;

/* The value or the origin of a property, NULL when it is not set. */
const char *settingsview_value(
    const struct kafka_settings *settings, const char *name);
const char *settingsview_origin(
    const struct kafka_settings *settings, const char *name);

size_t settingsview_count(const struct kafka_settings *settings);

#endif /* TESTS_SETTINGSVIEW_H */
