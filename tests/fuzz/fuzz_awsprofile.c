/*
 * Fuzzes AWS' credentials and config files: the input is both, with a line of
 * three hyphens between them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "storage/awsprofile.h"

#define BETWEEN "\n---\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
	if (!condition)
		abort();
}

static size_t
find_between(struct bytes text)
{
	const size_t size = sizeof(BETWEEN) - 1;

	for (size_t i = 0; i + size <= text.size; i++) {
		if (memcmp(text.data + i, BETWEEN, size) == 0)
			return i;
	}
	return text.size;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "aws_access_key_id",
		"aws_secret_access_key", "region", "s3.addressing_style" };
	const struct bytes text = { (const char *)data, size };
	const size_t at = find_between(text);
	const size_t rest = at < size ? at + sizeof(BETWEEN) - 1 : size;
	const struct bytes credentials = { text.data, at };
	const struct bytes config = { text.data + rest, size - rest };
	struct aws_profiles *profiles = NULL;
	struct err err = { 0 };

	if (aws_profiles_parse(NULL, credentials, config, &profiles, &err) !=
	    0) {
		require(err.kind == ERR_USAGE);
		return 0;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *value = aws_profiles_get(profiles, NULL, names[i]);

		/* Blanks at the ends are no part of a value. */
		if (value != NULL)
			require(value[0] != '\0' && value[0] != ' ' &&
			    value[strlen(value) - 1] != ' ');
	}
	(void)aws_profiles_service(profiles, "s3", "endpoint_url");
	aws_profiles_free(profiles);
	return 0;
}
