/* Prometheus' text format: see promtext.h. */
#include "common/promtext.h"

#include <inttypes.h>
#include <string.h>

#include "common/parsenum.h"
#include "common/utf8.h"

#define MS_PER_S 1000
#define DECIMALS 3

/* ------------------------------------------------------------- writing */

void
promtext_add_family(struct buf *out, const char *name, enum promtext_type type,
    const char *help)
{
	buf_add_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
	    type == PROMTEXT_COUNTER ? "counter" : "gauge");
}

static void
add_label(struct buf *out, const struct promtext_label *label)
{
	struct buf text = { 0 };

	if (label->is_escaped)
		buf_add_bytes(&text, label->value);
	else
		utf8_escape(&text, label->value);
	buf_add_format(out, "%s=\"", label->name);
	for (size_t at = 0; at < text.size; at++) {
		if (text.data[at] == '"' || text.data[at] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, text.data[at]);
	}
	buf_add_char(out, '"');
	buf_release(&text);
}

static void
add_series(struct buf *out, const struct promtext_series *series)
{
	buf_add_text(out, series->name);
	for (size_t at = 0; at < series->label_count; at++) {
		buf_add_char(out, at == 0 ? '{' : ',');
		add_label(out, &series->labels[at]);
	}
	buf_add_text(out, series->label_count > 0 ? "} " : " ");
}

void
promtext_add_count(
    struct buf *out, const struct promtext_series *series, int64_t value)
{
	add_series(out, series);
	buf_add_i64(out, value);
	buf_add_char(out, '\n');
}

void
promtext_add_seconds(
    struct buf *out, const struct promtext_series *series, int64_t value_ms)
{
	const int64_t whole = value_ms / MS_PER_S;
	const int64_t rest = value_ms % MS_PER_S;

	add_series(out, series);
	if (value_ms < 0)
		buf_add_char(out, '-');
	buf_add_format(out, "%" PRId64 ".%03" PRId64 "\n",
	    whole < 0 ? -whole : whole, rest < 0 ? -rest : rest);
}

/* ------------------------------------------------------------- reading */

static bool
is_name_char(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    (!first && c >= '0' && c <= '9');
}

bool
promtext_is_label(struct bytes name)
{
	for (size_t at = 0; at < name.size; at++)
		if (!is_name_char(name.data[at], at == 0))
			return false;
	return name.size > 0 &&
	    !bytes_start_with(name, (struct bytes){ "__", 2 });
}

/* Where one line is read, and where the values of its labels are kept. */
struct scan {
	const char *at, *end;
	struct buf values; /* as large as the line, so that it never moves */
};

static struct bytes
take_name(struct scan *scan)
{
	const char *begin = scan->at;

	while (
	    scan->at < scan->end && is_name_char(*scan->at, scan->at == begin))
		scan->at++;
	return (struct bytes){ begin, (size_t)(scan->at - begin) };
}

static bool
take_char(struct scan *scan, char c)
{
	if (scan->at >= scan->end || *scan->at != c)
		return false;
	scan->at++;
	return true;
}

/* Is there nothing in it that utf8_escape would not leave, but for doubling
 * backslashes? */
static bool
is_escaped(struct bytes value)
{
	struct buf text = { 0 };
	size_t doubled = 0;
	bool result;

	for (size_t at = 0; at < value.size; at++)
		doubled += value.data[at] == '\\';
	utf8_escape(&text, value);
	result = text.size == value.size + doubled;
	buf_release(&text);
	return result;
}

/* The text up to the closing quote, without the format's escapes: of a line
 * break there is none, as utf8_escape has taken it away before. */
static bool
take_quoted(struct scan *scan, struct bytes *out)
{
	const size_t begin = scan->values.size;

	if (!take_char(scan, '"'))
		return false;
	while (scan->at < scan->end && *scan->at != '"') {
		char c = *scan->at++;

		if (c == '\\') {
			if (scan->at >= scan->end)
				return false;
			c = *scan->at++;
			if (c != '\\' && c != '"')
				return false;
		}
		buf_add_char(&scan->values, c);
	}
	out->data = scan->values.data + begin;
	out->size = scan->values.size - begin;
	return is_escaped(*out) && take_char(scan, '"');
}

static bool
take_labels(struct scan *scan, struct promtext_sample *out)
{
	if (!take_char(scan, '{'))
		return true;
	do {
		struct bytes name, value;

		if (out->label_count == PROMTEXT_LABELS_MAX)
			return false;
		name = take_name(scan);
		if (name.size == 0 || !take_char(scan, '=') ||
		    !take_quoted(scan, &value))
			return false;
		out->labels[out->label_count].name = name;
		out->labels[out->label_count++].value = value;
	} while (take_char(scan, ','));
	return take_char(scan, '}');
}

static bool
take_sample(struct scan *scan, struct promtext_sample *out)
{
	int64_t number;

	out->label_count = 0;
	out->name = take_name(scan);
	if (out->name.size == 0 || !take_labels(scan, out) ||
	    !take_char(scan, ' '))
		return false;
	out->value = (struct bytes){ scan->at, (size_t)(scan->end - scan->at) };
	return promtext_count_of(out, &number) ||
	    promtext_seconds_of(out, &number);
}

static int
read_line(struct bytes line, promtext_visit_fn *visit, void *context,
    size_t number, struct err *err)
{
	struct scan scan = { line.data, line.data + line.size, { 0 } };
	struct promtext_sample sample;
	int result;

	if (line.size == 0 || line.data[0] == '#')
		return 0;
	scan.values.data = buf_reserve(&scan.values, line.size);
	result = take_sample(&scan, &sample)
	    ? visit(&sample, context, err)
	    : err_set(err, ERR_CORRUPT,
		  "line %zu is not one that tidemark writes", number);
	buf_release(&scan.values);
	return result;
}

int
promtext_read(
    struct bytes text, promtext_visit_fn *visit, void *context, struct err *err)
{
	size_t number = 1;

	while (text.size > 0) {
		const char *end = memchr(text.data, '\n', text.size);
		size_t size;

		if (end == NULL)
			return err_set(
			    err, ERR_CORRUPT, "line %zu has no end", number);
		size = (size_t)(end - text.data);
		if (read_line((struct bytes){ text.data, size }, visit, context,
			number++, err) != 0)
			return -1;
		text.data += size + 1;
		text.size -= size + 1;
	}
	return 0;
}

/* The name of the family that a line is about; none: another comment. */
static struct bytes
family_of(struct bytes line)
{
	static const char *const heads[] = { "# HELP ", "# TYPE " };
	struct scan scan = { line.data, line.data + line.size, { 0 } };

	for (size_t at = 0; at < 2; at++)
		if (bytes_start_with(line, bytes_of(heads[at])))
			scan.at += strlen(heads[at]);
	return take_name(&scan);
}

void
promtext_keep(
    struct bytes text, const char *prefix, bool others, struct buf *out)
{
	while (text.size > 0) {
		const char *end = memchr(text.data, '\n', text.size);
		const struct bytes line = { text.data,
			end == NULL ? text.size
				    : (size_t)(end - text.data) + 1 };
		const struct bytes name = family_of(line);

		if (name.size > 0 &&
		    bytes_start_with(name, bytes_of(prefix)) != others)
			buf_add_bytes(out, line);
		text.data += line.size;
		text.size -= line.size;
	}
}

struct bytes
promtext_label_of(const struct promtext_sample *sample, const char *name)
{
	for (size_t at = 0; at < sample->label_count; at++)
		if (bytes_equal_text(sample->labels[at].name, name))
			return sample->labels[at].value;
	return (struct bytes){ NULL, 0 };
}

bool
promtext_count_of(const struct promtext_sample *sample, int64_t *out)
{
	return parse_i64(sample->value, INT64_MIN, INT64_MAX, out);
}

bool
promtext_seconds_of(const struct promtext_sample *sample, int64_t *out_ms)
{
	struct bytes whole = sample->value, rest;
	int64_t seconds, thousandths;
	bool negative;

	if (whole.size < DECIMALS + 2 ||
	    whole.data[whole.size - DECIMALS - 1] != '.')
		return false;
	rest = (struct bytes){ whole.data + whole.size - DECIMALS, DECIMALS };
	whole.size -= DECIMALS + 1;
	negative = whole.data[0] == '-';
	if (!parse_i64(whole, -(INT64_MAX / MS_PER_S - 1),
		INT64_MAX / MS_PER_S - 1, &seconds) ||
	    !parse_i64(rest, 0, MS_PER_S - 1, &thousandths))
		return false;
	*out_ms = seconds * MS_PER_S + (negative ? -thousandths : thousandths);
	return true;
}
