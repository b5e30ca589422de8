/*
 * membername.c - see membername.h.
 */
#include "formats/membername.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/parsenum.h"

#define DIGITS 5
#define NUMBER_MAX 99999

static const struct {
	const char *prefix;
	const char *suffix;
} forms[MEMBER_OTHER] = {
	[MEMBER_TOPICS] = { "topics/", ".jsonl" },
	[MEMBER_GROUPS] = { "groups/", ".jsonl" },
	[MEMBER_HOLES] = { "holes/", ".jsonl" },
	[MEMBER_GONE] = { "gone/", ".jsonl" },
	[MEMBER_TIMES] = { "times/", ".jsonl" },
	[MEMBER_OFFSETS] = { "offsets/", ".csv" },
};

const char *
membername_prefix(enum member_kind kind)
{
	return forms[kind].prefix;
}

const char *
membername_format(
    enum member_kind kind, size_t number, char out[MEMBERNAME_MAX])
{
	(void)snprintf(out, MEMBERNAME_MAX, "%s%0*zu%s", forms[kind].prefix,
	    DIGITS, number, forms[kind].suffix);
	return out;
}

struct member_name
membername_parse(const char *name)
{
	for (int kind = MEMBER_TOPICS; kind < MEMBER_OTHER; kind++) {
		const size_t size = strlen(forms[kind].prefix);
		struct bytes digits = { name + size, DIGITS };
		int32_t number = 0;

		if (strncmp(name, forms[kind].prefix, size) != 0)
			continue;
		if (strlen(name) > size + DIGITS &&
		    strspn(digits.data, "0123456789") == DIGITS &&
		    parse_i32(digits, 0, NUMBER_MAX, &number) &&
		    strcmp(digits.data + DIGITS, forms[kind].suffix) == 0)
			return (struct member_name){ (enum member_kind)kind,
				(size_t)number };
	}
	return (struct member_name){ MEMBER_OTHER, 0 };
}
