#include "common/regexcheck.h"

#include <string.h>

/*
 * Pass over a bracket expression; at stands behind its '['.  Returns where it
 * ends, or the end of the text for one that is not closed.
 */
static const char *
skip_bracket(const char *at)
{
	if (*at == '^') {
		at++;
	}
	/* A ']' that stands first is itself. */
	if (*at == ']') {
		at++;
	}
	while (*at != '\0' && *at != ']') {
		if (at[0] == '[' && at[1] != '\0' &&
		    strchr(".=:", at[1]) != NULL) {
			const char closing[] = { at[1], ']', '\0' };
			const char *end = strstr(at + 2, closing);

			at = end == NULL ? at + strlen(at) - 1 : end + 1;
		}
		at++;
	}
	return *at == ']' ? at + 1 : at;
}

bool
regexcheck_has_stray(const char *expression)
{
	const char *at = expression;
	size_t depth = 0;

	while (*at != '\0') {
		const char c = *at++;

		if (c == '\\' && *at != '\0') {
			at++;
		} else if (c == '[') {
			at = skip_bracket(at);
		} else if (c == '(') {
			depth++;
		} else if (c == ')' && depth-- == 0) {
			return true;
		}
	}
	return false;
}

/* Sizes stop growing above the limit. */
static size_t
add(size_t a, size_t b)
{
	return a + b > REGEXCHECK_SIZE_MAX ? REGEXCHECK_SIZE_MAX + 1 : a + b;
}

static size_t
times(size_t size, size_t count)
{
	if (count > REGEXCHECK_SIZE_MAX)
		count = REGEXCHECK_SIZE_MAX + 1;
	return add(0, size * count);
}

struct measure {
	size_t sums[REGEXCHECK_DEPTH_MAX + 1]; /* of the open groups */
	size_t depth;
	size_t last; /* size of the part that a repetition would repeat */
};

static void
add_part(struct measure *measure, size_t size)
{
	measure->sums[measure->depth] =
	    add(measure->sums[measure->depth], size);
	measure->last = size;
}

static void
repeat(struct measure *measure, size_t count)
{
	const size_t grown = times(measure->last, count);

	measure->sums[measure->depth] =
	    add(measure->sums[measure->depth], grown);
	measure->last = add(measure->last, grown);
}

static size_t
read_count(const char **at)
{
	size_t count = 0;

	for (; **at >= '0' && **at <= '9'; (*at)++)
		if (count <= REGEXCHECK_SIZE_MAX)
			count = count * 10 + (size_t)(**at - '0');
	return count;
}

/* Behind the '{'; a number that is left out is none. */
static const char *
repeat_between(struct measure *measure, const char *at)
{
	size_t most = read_count(&at);

	if (*at == ',') {
		size_t upper;

		at++;
		upper = read_count(&at);
		most = upper > most ? upper : most + 1;
	}
	repeat(measure, most);
	return *at == '}' ? at + 1 : at;
}

static void
end_group(struct measure *measure)
{
	size_t size;

	if (measure->depth == 0)
		return;
	size = measure->sums[measure->depth--];
	add_part(measure, add(size, 1));
}

size_t
regexcheck_size(const char *expression)
{
	struct measure measure = { 0 };
	const char *at = expression;

	while (*at != '\0') {
		const char c = *at++;

		if (c == '(') {
			if (measure.depth == REGEXCHECK_DEPTH_MAX)
				return REGEXCHECK_SIZE_MAX + 1;
			measure.sums[++measure.depth] = 0;
		} else if (c == ')') {
			end_group(&measure);
		} else if (c == '{') {
			at = repeat_between(&measure, at);
		} else if (c == '+' || c == '*' || c == '?') {
			repeat(&measure, 1);
		} else {
			if (c == '[')
				at = skip_bracket(at);
			else if (c == '\\' && *at != '\0')
				at++;
			add_part(&measure, 1);
		}
	}
	while (measure.depth > 0)
		end_group(&measure);
	return measure.sums[0];
}
