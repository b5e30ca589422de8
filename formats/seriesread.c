/*
 * seriesread.c - see seriesread.h.
 */
#include "formats/seriesread.h"

#include <string.h>

#include "common/parsenum.h"
#include "formats/limits.h"

struct scan {
	const char *at;
	const char *end;
};

static struct scan
scan_of(struct bytes text)
{
	return (struct scan){ text.data,
		text.size == 0 ? text.data : text.data + text.size };
}

static bool
take_char(struct scan *scan, char c)
{
	if (scan->at == scan->end || *scan->at != c)
		return false;
	scan->at++;
	return true;
}

/* The inside of a string without escapes. */
static bool
take_string(struct scan *scan, struct bytes *out)
{
	const char *quote;

	if (!take_char(scan, '"') || scan->at == scan->end)
		return false;
	quote = memchr(scan->at, '"', (size_t)(scan->end - scan->at));
	if (quote == NULL)
		return false;
	*out = (struct bytes){ scan->at, (size_t)(quote - scan->at) };
	scan->at = quote + 1;
	return memchr(out->data, '\\', out->size) == NULL;
}

/* A decimal integer as this program writes it. */
static bool
take_number(struct scan *scan, int64_t min, int64_t max, int64_t *out)
{
	const char *const first = scan->at;
	const char *digits = first;

	if (!parse_i64_prefix(&scan->at, scan->end, out))
		return false;
	digits += *first == '-';
	if (*digits == '+' || (*digits == '0' && scan->at != digits + 1) ||
	    (*first == '-' && *out == 0))
		return false;
	return *out >= min && *out <= max;
}

/* ----------------------------------------------------------------- elements */

/* Pass over a string with its quotes. */
static bool
skip_string(struct scan *scan)
{
	scan->at++;
	while (scan->at < scan->end && *scan->at != '"') {
		scan->at += *scan->at == '\\';
		scan->at += scan->at < scan->end;
	}
	return take_char(scan, '"');
}

/* Pass over a value of a key that this reader does not know. */
static bool
skip_value(struct scan *scan)
{
	size_t depth = 0;

	while (scan->at < scan->end) {
		const char c = *scan->at;

		if (depth == 0 && (c == ',' || c == '}' || c == ']'))
			return true;
		if (c == '"') {
			if (!skip_string(scan))
				return false;
			continue;
		}
		depth += c == '[' || c == '{';
		depth -= c == ']' || c == '}';
		scan->at++;
	}
	return false;
}

/* The inside of an array of numbers and strings without escapes. */
static bool
take_array(struct scan *scan, struct bytes *out)
{
	const char *end;

	if (!take_char(scan, '[') || scan->at == scan->end)
		return false;
	end = memchr(scan->at, ']', (size_t)(scan->end - scan->at));
	if (end == NULL)
		return false;
	*out = (struct bytes){ scan->at, (size_t)(end - scan->at) };
	scan->at = end + 1;
	return true;
}

static bool
take_capture(struct scan *scan, size_t count, size_t *out)
{
	int64_t number = 0;

	if (!take_number(scan, 0, (int64_t)count, &number))
		return false;
	*out = (size_t)number;
	return true;
}

static bool
take_value(struct scan *scan, struct bytes key, size_t capture_count,
    struct series_item *out)
{
	switch (key.size == 1 ? *key.data : '\0') {
	case 'k':
		return take_number(scan, 0, INT32_MAX, &out->kind);
	case 'f':
		return take_capture(scan, capture_count, &out->first);
	case 'x':
		return take_capture(scan, capture_count, &out->absent);
	case 'a':
		return take_string(scan, &out->away);
	case 'd':
		return take_string(scan, &out->numbers);
	case 'e':
		return take_string(scan, &out->epochs);
	case 's':
		return take_string(scan, &out->starts);
	case 'u':
		return take_string(scan, &out->unstable);
	case 'm':
		return take_array(scan, &out->texts);
	default:
		return skip_value(scan);
	}
}

static bool
take_item(struct scan *scan, size_t capture_count, struct series_item *out)
{
	if (!take_char(scan, '{'))
		return false;
	if (take_char(scan, '}'))
		return true;
	do {
		struct bytes key;

		if (!take_string(scan, &key) || !take_char(scan, ':') ||
		    !take_value(scan, key, capture_count, out))
			return false;
	} while (take_char(scan, ','));
	return take_char(scan, '}') && out->first < out->absent;
}

struct series_list
series_begin(struct bytes text, size_t capture_count)
{
	return (struct series_list){ text, text.data == NULL, capture_count };
}

int
series_next(struct series_list *list, struct series_item *out, struct err *err)
{
	struct scan scan = { list->rest.data, NULL };

	*out = (struct series_item){ .absent = list->capture_count,
		.kind = SERIES_DELTA };
	if (list->is_empty)
		return 0;
	scan.end = list->rest.data + list->rest.size;
	/* "[" before the first, "," before the others. */
	if (scan.at == scan.end || (*scan.at != '[' && *scan.at != ','))
		return err_set(err, ERR_CORRUPT, "\"series\" is too short");
	scan.at++;
	if (!take_item(&scan, list->capture_count, out))
		return err_set(err, ERR_CORRUPT, "\"series\" is malformed");
	list->rest = (struct bytes){ scan.at, (size_t)(scan.end - scan.at) };
	return 0;
}

int
series_end(const struct series_list *list, struct err *err)
{
	if (!list->is_empty && !bytes_equal_text(list->rest, "]"))
		return err_set(err, ERR_CORRUPT, "\"series\" is too long");
	return 0;
}

/* ------------------------------------------------------------------ numbers */

int
series_numbers(struct bytes text, size_t count, series_take_fn *take,
    void *context, struct err *err)
{
	struct scan scan = scan_of(text);
	size_t left = count;
	bool more = text.size > 0;

	while (more) {
		int64_t number = 0;
		int64_t times = 1;

		if (!take_number(&scan, INT64_MIN, INT64_MAX, &number) ||
		    (take_char(&scan, '*') &&
			!take_number(&scan, 2, LIMIT_CAPTURES, &times)))
			return err_set(
			    err, ERR_CORRUPT, "a run of numbers is malformed");
		if ((size_t)times > left)
			return err_set(
			    err, ERR_CORRUPT, "a run of numbers is too long");
		left -= (size_t)times;
		take(context, number, (size_t)times);
		more = take_char(&scan, ' ');
	}
	if (scan.at != scan.end || left > 0)
		return err_set(err, ERR_CORRUPT,
		    "a run of numbers is malformed or too short");
	return 0;
}

struct summing {
	size_t left; /* numbers up to the capture */
	uint64_t sum;
	uint64_t last;
	bool constant;
};

/* Matches series_take_fn. */
static void
add_up(void *context, int64_t number, size_t count)
{
	struct summing *summing = context;
	const size_t taken = count < summing->left ? count : summing->left;

	if (taken > 0)
		summing->last = (uint64_t)number;
	summing->sum += (uint64_t)number * taken;
	summing->left -= taken;
	summing->constant &= taken == count || number == 0;
}

int
series_value(const struct series_item *item, int64_t value, size_t capture,
    int64_t *out, bool *constant, struct err *err)
{
	const size_t after = capture - item->first;
	struct summing summing = { .left = after, .constant = true };

	*out = value;
	*constant = true;
	if (item->numbers.data == NULL)
		return 0;
	if (item->kind < SERIES_DELTA || item->kind > SERIES_LAG_CHANGE)
		return err_set(err, ERR_UNSUPPORTED,
		    "a predictor that this version does not know");
	if (series_numbers(item->numbers, item->absent - item->first - 1,
		add_up, &summing, err) != 0)
		return -1;
	*constant = item->kind == SERIES_DELTA && summing.constant;
	if (after == 0)
		return 0;
	if (item->kind == SERIES_DELTA)
		*out = (int64_t)((uint64_t)value + summing.sum);
	else if (item->kind == SERIES_LAG)
		*out = (int64_t)(0 - summing.last);
	else
		*out = (int64_t)((uint64_t)value - summing.sum);
	return 0;
}

struct series_pairs
series_pairs_begin(struct bytes text)
{
	return (struct series_pairs){ text, -1, 0 };
}

int
series_pairs_next(struct series_pairs *pairs, int64_t min, int64_t max,
    bool *more, struct err *err)
{
	const int64_t before = pairs->capture;
	struct scan scan = scan_of(pairs->rest);

	*more = pairs->rest.size > 0;
	if (!*more)
		return 0;
	/* With the space behind the pair before it. */
	if ((before != -1 && !take_char(&scan, ' ')) ||
	    !take_number(&scan, before + 1, LIMIT_CAPTURES, &pairs->capture) ||
	    !take_char(&scan, ' ') ||
	    !take_number(&scan, min, max, &pairs->number))
		return err_set(err, ERR_CORRUPT, "pairs are malformed");
	pairs->rest = (struct bytes){ scan.at, (size_t)(scan.end - scan.at) };
	return 0;
}

int
series_pair(struct bytes text, size_t capture, int64_t min, int64_t max,
    int64_t *out, struct err *err)
{
	struct series_pairs pairs = series_pairs_begin(text);
	bool more = true;

	while (more) {
		if (series_pairs_next(&pairs, min, max, &more, err) != 0)
			return -1;
		if (more && (size_t)pairs.capture <= capture)
			*out = pairs.number;
	}
	return 0;
}

int
series_text(
    struct bytes texts, size_t capture, struct bytes *out, struct err *err)
{
	struct scan scan = scan_of(texts);
	int64_t before = -1;
	bool more = true;

	if (texts.size == 0)
		return 0;
	while (more) {
		int64_t at = 0;
		struct bytes text;

		if (!take_number(&scan, before + 1, LIMIT_CAPTURES, &at) ||
		    !take_char(&scan, ',') || !take_string(&scan, &text))
			return err_set(err, ERR_CORRUPT, "\"m\" is malformed");
		if ((size_t)at <= capture)
			*out = text;
		before = at;
		more = take_char(&scan, ',');
	}
	if (scan.at != scan.end)
		return err_set(err, ERR_CORRUPT, "\"m\" is malformed");
	return 0;
}

struct captures_runs
captures_begin(struct bytes text, size_t limit)
{
	return (struct captures_runs){ .rest = text, .limit = limit };
}

int
captures_next(struct captures_runs *runs, bool *more, struct err *err)
{
	const int64_t max = (int64_t)runs->limit - 1;
	struct scan scan = scan_of(runs->rest);
	int64_t first = 0;
	int64_t last;

	*more = runs->rest.size > 0;
	if (!*more)
		return 0;
	/* With the space behind the run before it. */
	if ((runs->end > 0 && !take_char(&scan, ' ')) ||
	    !take_number(&scan, (int64_t)runs->end, max, &first))
		return err_set(err, ERR_CORRUPT, "captures are malformed");
	last = first;
	if (take_char(&scan, '-') && !take_number(&scan, first + 1, max, &last))
		return err_set(err, ERR_CORRUPT, "captures are malformed");
	runs->from = (size_t)first;
	runs->end = (size_t)last + 1;
	runs->rest = (struct bytes){ scan.at, (size_t)(scan.end - scan.at) };
	return 0;
}

int
captures_have(
    struct bytes text, size_t capture, size_t limit, bool *out, struct err *err)
{
	struct captures_runs runs = captures_begin(text, limit);
	bool more = true;

	*out = false;
	while (more) {
		if (captures_next(&runs, &more, err) != 0)
			return -1;
		*out |= more && capture >= runs.from && capture < runs.end;
	}
	return 0;
}

int
series_has(
    const struct series_item *item, size_t capture, bool *out, struct err *err)
{
	bool is_away;

	if (captures_have(item->away, capture, item->absent, &is_away, err) !=
	    0)
		return -1;
	*out = capture >= item->first && capture < item->absent && !is_away;
	return 0;
}
