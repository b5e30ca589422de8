#include "common/parsenum.h"

#include <stddef.h>

/* So many digits fit in an int64_t whatever they are. */
#define SAFE_DIGITS 18

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static unsigned int
digit_of(char c)
{
	return (unsigned int)(c - '0');
}

/*
 * Go on where a fast loop stopped: value holds the digits so far, and more
 * stand at *at.  False if the magnitude does not fit under limit.
 */
static bool
read_last_digits(
    const char **at, const char *end, uint64_t limit, uint64_t *value)
{
	while (*at < end && is_digit(**at)) {
		const uint64_t digit = digit_of(**at);

		if (*value > (limit - digit) / 10) {
			return false;
		}
		*value = *value * 10 + digit;
		(*at)++;
	}
	return true;
}

bool
parse_i64_prefix(const char **at, const char *end, int64_t *out)
{
	const char *p = *at;
	const bool negative = p < end && *p == '-';

	if (negative) {
		p++;
	}
	const char *const first = p;
	const char *const safe_end =
	    end - p > SAFE_DIGITS ? p + SAFE_DIGITS : end;
	uint64_t value = 0;

	while (p < safe_end && is_digit(*p)) {
		value = value * 10 + digit_of(*p);
		p++;
	}
	if (p == first) {
		return false;
	}
	const uint64_t limit =
	    negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;

	if (p == safe_end && !read_last_digits(&p, end, limit, &value)) {
		return false;
	}
	*at = p;
	/* INT64_MIN has no positive counterpart to negate. */
	*out =
	    negative && value > 0 ? -(int64_t)(value - 1) - 1 : (int64_t)value;
	return true;
}

bool
parse_i64(struct bytes text, int64_t min, int64_t max, int64_t *out)
{
	if (text.size == 0) {
		return false;
	}
	const char *at = text.data;
	const char *const end = text.data + text.size;
	int64_t value;

	if (!parse_i64_prefix(&at, end, &value) || at != end || value < min ||
	    value > max) {
		return false;
	}
	*out = value;
	return true;
}

bool
parse_i32(struct bytes text, int32_t min, int32_t max, int32_t *out)
{
	int64_t value;

	if (!parse_i64(text, min, max, &value)) {
		return false;
	}
	*out = (int32_t)value;
	return true;
}
