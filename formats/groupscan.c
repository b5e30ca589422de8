/*
 * groupscan.c - see groupscan.h.  Whatever this takes, jansson must take with
 * the same result: test_groupline.c and fuzz_archive.c compare the two.
 */
#include "formats/groupscan.h"

#include <string.h>

#include "common/parsenum.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "formats/limits.h"

struct scan {
	const char *at;
	const char *end;
};

/* Move behind text if it stands here. */
static bool
take(struct scan *scan, const char *text, size_t size)
{
	if ((size_t)(scan->end - scan->at) < size ||
	    memcmp(scan->at, text, size) != 0)
		return false;
	scan->at += size;
	return true;
}

#define TAKE(scan, text) take(scan, text, sizeof(text) - 1)

/* The rest of a string behind its opening quote, if it has no escapes. */
static bool
take_string(struct scan *scan, struct bytes *out)
{
	const char *at = scan->at;
	bool ascii = true;

	while (at < scan->end && *at != '"') {
		const unsigned char c = (unsigned char)*at++;

		if (c < 0x20 || c == '\\')
			return false;
		ascii &= c < 0x80;
	}
	if (at == scan->end)
		return false;
	out->data = scan->at;
	out->size = (size_t)(at - scan->at);
	scan->at = at + 1;
	return out->size <= LIMIT_NAME && (ascii || utf8_valid(*out));
}

/* The same for a column, of which only digits, signs and spaces are taken. */
static bool
take_column(struct scan *scan, struct bytes *out)
{
	const char *at = scan->at;

	while (at < scan->end && *at >= ' ' && *at <= '9' && *at != '"')
		at++;
	if (at == scan->end || *at != '"')
		return false;
	out->data = scan->at;
	out->size = (size_t)(at - scan->at);
	scan->at = at + 1;
	return true;
}

static bool
take_number(struct scan *scan, int64_t min, int64_t max, int64_t *out)
{
	const char *const first = scan->at;

	if (!parse_i64_prefix(&scan->at, scan->end, out))
		return false;
	/* What JSON does not have: 007, and -0 is not written. */
	if (*first == '-' && *out == 0)
		return false;
	if (*first == '0' && scan->at != first + 1)
		return false;
	if (*first == '-' && first[1] == '0')
		return false;
	return *out >= min && *out <= max;
}

/* The rest of an array of base64 strings behind its opening bracket.  Base64
 * has none of the characters that would need care. */
static bool
take_metadata(struct scan *scan, struct bytes *out)
{
	out->data = scan->at - 1;
	do {
		if (!TAKE(scan, "\""))
			return false;
		while (scan->at < scan->end && *scan->at >= '+' &&
		    *scan->at <= 'z' && *scan->at != '\\')
			scan->at++;
		if (!TAKE(scan, "\""))
			return false;
	} while (TAKE(scan, ","));
	if (!TAKE(scan, "]"))
		return false;
	out->size = (size_t)(scan->at - out->data);
	return true;
}

/* A key of an element, in the order in which they are written; *first tells
 * that none stands before it. */
static bool
take_key(struct scan *scan, const char *text, size_t size, bool *first)
{
	/* With the comma that the first has not. */
	if (!take(scan, text + *first, size - *first))
		return false;
	*first = false;
	return true;
}

#define TAKE_KEY(scan, text, first) \
	take_key(scan, text, sizeof(text) - 1, first)

/* The rest of a run of numbers; "*" is among its characters. */
static bool
take_item_text(struct scan *scan)
{
	struct bytes ignored;

	return take_column(scan, &ignored);
}

static bool
take_item_metadata(struct scan *scan)
{
	int64_t capture;

	do {
		if (!take_number(scan, 0, LIMIT_CAPTURES, &capture) ||
		    !TAKE(scan, ",\""))
			return false;
		while (scan->at < scan->end && *scan->at >= '+' &&
		    *scan->at <= 'z' && *scan->at != '\\' && *scan->at != '[' &&
		    *scan->at != ']')
			scan->at++;
		if (!TAKE(scan, "\""))
			return false;
	} while (TAKE(scan, ","));
	return TAKE(scan, "]");
}

static bool
take_item(struct scan *scan)
{
	bool first = true;
	int64_t number;

	if (!TAKE(scan, "{"))
		return false;
	if (TAKE_KEY(scan, ",\"f\":", &first) &&
	    !take_number(scan, 0, LIMIT_CAPTURES, &number))
		return false;
	if (TAKE_KEY(scan, ",\"x\":", &first) &&
	    !take_number(scan, 0, LIMIT_CAPTURES, &number))
		return false;
	if (TAKE_KEY(scan, ",\"k\":", &first) &&
	    !take_number(scan, 0, INT32_MAX, &number))
		return false;
	if (TAKE_KEY(scan, ",\"d\":\"", &first) && !take_item_text(scan))
		return false;
	if (TAKE_KEY(scan, ",\"e\":\"", &first) && !take_item_text(scan))
		return false;
	if (TAKE_KEY(scan, ",\"m\":[", &first) && !take_item_metadata(scan))
		return false;
	if (TAKE_KEY(scan, ",\"u\":\"", &first) && !take_item_text(scan))
		return false;
	return TAKE(scan, "}");
}

/* The rest of a list of elements behind its opening bracket. */
static bool
take_series(struct scan *scan, struct groupline_topic *topic)
{
	topic->series.data = scan->at - 1;
	do {
		if (!take_item(scan))
			return false;
	} while (TAKE(scan, ","));
	if (!TAKE(scan, "]"))
		return false;
	topic->series.size = (size_t)(scan->at - topic->series.data);
	return true;
}

static bool
take_topic(struct scan *scan, struct groupline_topic *topic)
{
	if (!TAKE(scan, "{\"topic\":\"") || !take_string(scan, &topic->topic) ||
	    !TAKE(scan, ",\"partitions\":\"") ||
	    !take_column(scan, &topic->partitions) ||
	    !TAKE(scan, ",\"offsets\":\"") ||
	    !take_column(scan, &topic->offsets))
		return false;
	if (TAKE(scan, ",\"epochs\":\"") && !take_column(scan, &topic->epochs))
		return false;
	if (TAKE(scan, ",\"commits\":\"") &&
	    !take_column(scan, &topic->commits))
		return false;
	if (TAKE(scan, ",\"expires\":\"") &&
	    !take_column(scan, &topic->expires))
		return false;
	if (TAKE(scan, ",\"metadata\":[") &&
	    !take_metadata(scan, &topic->metadata))
		return false;
	if (TAKE(scan, ",\"unstable\":\"") &&
	    !take_column(scan, &topic->unstable))
		return false;
	if (TAKE(scan, ",\"series\":[") && !take_series(scan, topic))
		return false;
	return TAKE(scan, "}");
}

static bool
take_read(struct scan *scan, struct groupline *line)
{
	if (!TAKE(scan, ",\"read\":["))
		return true;
	line->has_read = true;
	return take_number(
		   scan, -TIME_LAST_MS, TIME_LAST_MS, &line->read_start) &&
	    TAKE(scan, ",") &&
	    take_number(scan, -TIME_LAST_MS, TIME_LAST_MS, &line->read_end) &&
	    TAKE(scan, "]");
}

static bool
take_attributes(struct scan *scan, struct groupline *line)
{
	int64_t coordinator = -1;

	if (!TAKE(scan, ",\"type\":\"") || !take_string(scan, &line->type) ||
	    !TAKE(scan, ",\"state\":\"") || !take_string(scan, &line->state) ||
	    !TAKE(scan, ",\"protocol_type\":\"") ||
	    !take_string(scan, &line->protocol_type))
		return false;
	if (TAKE(scan, ",\"coordinator\":") &&
	    !take_number(scan, -1, INT32_MAX, &coordinator))
		return false;
	line->coordinator = (int32_t)coordinator;
	return take_read(scan, line) &&
	    (!TAKE(scan, ",\"since\":") ||
		take_number(scan, -1, TIME_LAST_MS, &line->since)) &&
	    (!TAKE(scan, ",\"f\":") ||
		take_number(scan, 0, LIMIT_CAPTURES, &line->first)) &&
	    (!TAKE(scan, ",\"x\":") ||
		take_number(scan, 0, LIMIT_CAPTURES, &line->absent)) &&
	    (!TAKE(scan, ",\"a\":\"") || take_column(scan, &line->away));
}

static bool
take_head(struct scan *scan, struct groupline *line)
{
	if (!TAKE(scan, "{\"group\":\"") || !take_string(scan, &line->group))
		return false;
	if (TAKE(scan, ",\"part\":")) {
		if (!take_number(scan, 0, INT32_MAX, &line->part))
			return false;
	} else if (!take_attributes(scan, line)) {
		return false;
	}
	return TAKE(scan, ",\"topics\":[");
}

bool
groupscan_line(struct bytes text, struct groupline *line)
{
	struct scan scan = { text.data, NULL };

	if (text.size == 0 || text.size >= LIMIT_LINE)
		return false;
	scan.end = text.data + text.size;
	if (!take_head(&scan, line))
		return false;
	if (TAKE(&scan, "]}"))
		return scan.at == scan.end;
	do {
		if (!take_topic(&scan, groupline_add_topic(line)))
			return false;
	} while (TAKE(&scan, ","));
	return TAKE(&scan, "]}") && scan.at == scan.end;
}
