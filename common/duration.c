#include "common/duration.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/parsenum.h"
#include "common/utf8.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define WEEK_MS (7 * DAY_MS)

/* Text of the user's in a message. */
#define SHOWN_MAX 80

struct unit {
	const char *name;
	int64_t length_ms;
};

/* Largest first: each may stand only before those that follow. */
static const struct unit short_units[] = {
	{ "w", WEEK_MS },
	{ "d", DAY_MS },
	{ "h", HOUR_MS },
	{ "m", MINUTE_MS },
	{ "s", SECOND_MS },
	{ "ms", 1 },
	{ NULL, 0 },
};
static const struct unit iso_date_units[] = {
	{ "W", WEEK_MS },
	{ "D", DAY_MS },
	{ NULL, 0 },
};
static const struct unit iso_time_units[] = {
	{ "H", HOUR_MS },
	{ "M", MINUTE_MS },
	{ "S", SECOND_MS },
	{ NULL, 0 },
};

/* Where parsing stands. */
struct parser {
	const char *at;
	const struct unit *units; /* those that may still come */
	int64_t sum_ms;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Read ".5" if it stands there, into milliseconds.  Returns NULL, or what is
 * wrong with it, as all of the parser's functions do.
 */
static const char *
read_fraction(struct parser *parser, int64_t *milliseconds)
{
	int64_t scale = 100;

	*milliseconds = 0;
	if (*parser->at != '.') {
		return NULL;
	}
	parser->at++;
	if (!is_digit(*parser->at)) {
		return "is not a duration";
	}
	for (; is_digit(*parser->at); parser->at++) {
		if (scale == 0) {
			return "is finer than a millisecond";
		}
		*milliseconds += (*parser->at - '0') * scale;
		scale /= 10;
	}
	return NULL;
}

/* Read a unit, which must be smaller than the one before. */
static const char *
read_unit(struct parser *parser, const struct unit **out)
{
	const size_t length = strcspn(parser->at, "0123456789.T");

	for (const struct unit *unit = parser->units; unit->name != NULL;
	     unit++) {
		if (strlen(unit->name) == length &&
		    strncmp(unit->name, parser->at, length) == 0) {
			parser->at += length;
			parser->units = unit + 1;
			*out = unit;
			return NULL;
		}
	}
	return *parser->at == '\0'
	    ? "has no unit"
	    : "has an unknown unit, or units out of order";
}

/* Add so many units and milliseconds to the sum. */
static const char *
add(struct parser *parser, int64_t count, const struct unit *unit,
    int64_t milliseconds)
{
	const int64_t room_ms = INT64_MAX - parser->sum_ms;

	if (milliseconds > room_ms ||
	    count > (room_ms - milliseconds) / unit->length_ms) {
		return "is too long";
	}
	parser->sum_ms += count * unit->length_ms + milliseconds;
	return NULL;
}

/* Read one number with its unit, such as "30m". */
static const char *
read_part(struct parser *parser)
{
	const char *const end = parser->at + strlen(parser->at);
	const struct unit *unit = NULL;
	int64_t count;
	int64_t milliseconds;

	if (*parser->at == '-' || *parser->at == '+') {
		return "has a sign";
	}
	if (!is_digit(*parser->at)) {
		return "is not a duration";
	}
	if (!parse_i64_prefix(&parser->at, end, &count)) {
		return "is too long";
	}
	const bool has_fraction = *parser->at == '.';
	const char *fault = read_fraction(parser, &milliseconds);

	if (fault == NULL) {
		fault = read_unit(parser, &unit);
	}
	if (fault != NULL) {
		return fault;
	}
	if (has_fraction && unit->length_ms != SECOND_MS) {
		return "has a fraction of something else than a second";
	}
	return add(parser, count, unit, milliseconds);
}

/* Read one part or more with these units, until the end or a 'T'. */
static const char *
read_parts(struct parser *parser, const struct unit *units)
{
	const char *fault;

	parser->units = units;
	do {
		fault = read_part(parser);
	} while (fault == NULL && *parser->at != '\0' && *parser->at != 'T');
	return fault;
}

/* Read what follows the 'P' of ISO 8601. */
static const char *
read_iso(struct parser *parser)
{
	const char *fault = NULL;

	if (*parser->at != 'T') {
		fault = read_parts(parser, iso_date_units);
	}
	if (fault == NULL && *parser->at == 'T') {
		parser->at++;
		fault = read_parts(parser, iso_time_units);
	}
	return fault;
}

int
duration_parse(const char *text, int64_t *out_ms, struct err *err)
{
	struct parser parser = { text, NULL, 0 };
	const char *fault;

	if (*text == 'P') {
		parser.at++;
		fault = read_iso(&parser);
	} else {
		fault = read_parts(&parser, short_units);
	}
	if (fault == NULL && *parser.at != '\0') {
		fault = "is not a duration";
	}
	if (fault != NULL) {
		char shown[SHOWN_MAX];

		(void)utf8_escape_to(bytes_of(text), shown, sizeof(shown));
		return err_set(err, ERR_USAGE,
		    "duration \"%s\" %s: write it like 1d, 1h30m, 90s, 500ms "
		    "or PT1H30M",
		    shown, fault);
	}
	*out_ms = parser.sum_ms;
	return 0;
}

const char *
duration_format(int64_t duration_ms, char out[DURATION_TEXT_MAX])
{
	static const struct unit units[] = {
		{ "d", DAY_MS },
		{ "h", HOUR_MS },
		{ "m", MINUTE_MS },
		{ "s", SECOND_MS },
		{ NULL, 0 },
	};
	const char *sign = duration_ms < 0 ? "-" : "";
	const uint64_t length =
	    duration_ms < 0 ? 0 - (uint64_t)duration_ms : (uint64_t)duration_ms;
	const struct unit *unit = units;

	if (length < (uint64_t)SECOND_MS) {
		(void)snprintf(
		    out, DURATION_TEXT_MAX, "%s%" PRIu64 " ms", sign, length);
		return out;
	}
	while (length < (uint64_t)unit->length_ms) {
		unit++;
	}
	const uint64_t count = length / (uint64_t)unit->length_ms;
	const struct unit *next = unit + 1;
	uint8_t rest = 0; /* less than 60 */

	if (next->name != NULL) {
		rest = (uint8_t)(length % (uint64_t)unit->length_ms /
		    (uint64_t)next->length_ms);
	}
	if (rest == 0) {
		(void)snprintf(out, DURATION_TEXT_MAX, "%s%" PRIu64 "%s", sign,
		    count, unit->name);
	} else {
		(void)snprintf(out, DURATION_TEXT_MAX,
		    "%s%" PRIu64 "%s %" PRIu8 "%s", sign, count, unit->name,
		    rest, next->name);
	}
	return out;
}
