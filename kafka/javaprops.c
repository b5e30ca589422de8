#include "kafka/javaprops.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/encoding.h"
#include "common/xalloc.h"

#define ESCAPE_DIGITS 4 /* of \uXXXX */

struct reader {
	const char *at;
	const char *end;
	const char *what;
	int line;
	uint32_t high; /* half of a surrogate pair, or 0 */
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\f';
}

static void
add_utf8(struct buf *out, uint32_t point)
{
	if (point < 0x80) {
		buf_add_char(out, (char)point);
		return;
	}
	if (point < 0x800) {
		buf_add_char(out, (char)(0xc0U | (point >> 6)));
	} else if (point < 0x10000) {
		buf_add_char(out, (char)(0xe0U | (point >> 12)));
		buf_add_char(out, (char)(0x80U | ((point >> 6) & 0x3fU)));
	} else {
		buf_add_char(out, (char)(0xf0U | (point >> 18)));
		buf_add_char(out, (char)(0x80U | ((point >> 12) & 0x3fU)));
		buf_add_char(out, (char)(0x80U | ((point >> 6) & 0x3fU)));
	}
	buf_add_char(out, (char)(0x80U | (point & 0x3fU)));
}

/* Add one UTF-16 unit; half a pair that stays alone becomes U+FFFD. */
static void
add_unit(struct reader *reader, struct buf *out, uint32_t unit)
{
	const bool is_high = unit >= 0xd800 && unit < 0xdc00;
	const bool is_low = unit >= 0xdc00 && unit < 0xe000;

	if (reader->high != 0) {
		const uint32_t high = reader->high;
		reader->high = 0;
		if (is_low) {
			add_utf8(out,
			    0x10000U + ((high - 0xd800U) << 10) +
				(unit - 0xdc00U));
			return;
		}
		add_utf8(out, 0xfffd);
	}
	if (is_high)
		reader->high = unit;
	else
		add_utf8(out, is_low ? 0xfffd : unit);
}

static void
end_text(struct reader *reader, struct buf *out)
{
	if (reader->high != 0)
		add_utf8(out, 0xfffd);
	reader->high = 0;
}

/* Pass over the end of a line: \n, \r or \r\n. */
static void
pass_newline(struct reader *reader)
{
	if (*reader->at == '\r' && reader->at + 1 < reader->end &&
	    reader->at[1] == '\n')
		reader->at++;
	reader->at++;
	reader->line++;
}

static bool
at_newline(const struct reader *reader)
{
	return reader->at < reader->end &&
	    (*reader->at == '\n' || *reader->at == '\r');
}

/* Behind \u. */
static int
read_unicode(struct reader *reader, struct buf *out, struct err *err)
{
	uint8_t value[2];
	const struct bytes digits = { reader->at, ESCAPE_DIGITS };
	uint32_t unit;

	if (reader->end - reader->at < ESCAPE_DIGITS ||
	    !hex_decode(digits, value, sizeof(value)))
		return err_set(err, ERR_USAGE,
		    "%s:%d: \\u needs four hexadecimal digits", reader->what,
		    reader->line);
	unit = (uint32_t)value[0] << 8 | value[1];
	if (unit == 0)
		return err_set(err, ERR_USAGE,
		    "%s:%d: a NUL character cannot be used", reader->what,
		    reader->line);
	reader->at += ESCAPE_DIGITS;
	add_unit(reader, out, unit);
	return 0;
}

/* At the character behind a backslash. */
static int
read_escape(struct reader *reader, struct buf *out, struct err *err)
{
	static const char from[] = "tnrf";
	static const char to[] = "\t\n\r\f";
	const char *found;

	if (reader->at == reader->end)
		return 0;
	if (at_newline(reader)) {
		pass_newline(reader);
		while (reader->at < reader->end && is_space(*reader->at))
			reader->at++;
		return 0;
	}
	if (*reader->at == 'u') {
		reader->at++;
		return read_unicode(reader, out, err);
	}
	found = strchr(from, *reader->at);
	if (found != NULL && *found != '\0')
		add_unit(reader, out, (unsigned char)to[found - from]);
	else
		add_unit(reader, out, (unsigned char)*reader->at);
	reader->at++;
	return 0;
}

/* A name (to its separator) or a value (to the end of its line). */
static int
read_text(struct reader *reader, bool is_name, struct buf *out, struct err *err)
{
	const int first_line = reader->line;

	while (reader->at < reader->end && !at_newline(reader)) {
		const char c = *reader->at;
		if (out->size > JAVAPROPS_LINE_MAX)
			return err_set(err, ERR_USAGE,
			    "%s:%d: a line over %d bytes", reader->what,
			    first_line, JAVAPROPS_LINE_MAX);
		if (c == '\0')
			return err_set(err, ERR_USAGE,
			    "%s:%d: a NUL character cannot be used",
			    reader->what, reader->line);
		if (is_name && (c == '=' || c == ':' || is_space(c)))
			break;
		reader->at++;
		if (c != '\\')
			add_unit(reader, out, (unsigned char)c);
		else if (read_escape(reader, out, err) != 0)
			return -1;
	}
	end_text(reader, out);
	return 0;
}

/* White space, one separator, white space; lines may go on in between. */
static void
pass_separator(struct reader *reader)
{
	bool seen = false;

	while (reader->at < reader->end) {
		const char c = *reader->at;
		if (c == '\\' && reader->end - reader->at > 1 &&
		    (reader->at[1] == '\n' || reader->at[1] == '\r')) {
			reader->at++;
			pass_newline(reader);
			continue;
		}
		if ((c == '=' || c == ':') && !seen)
			seen = true;
		else if (!is_space(c))
			return;
		reader->at++;
	}
}

static int
read_entry(struct reader *reader, struct javaprops *out, struct err *err)
{
	struct buf name = { 0 };
	struct buf value = { 0 };
	const int line = reader->line;
	int rc = -1;

	if (read_text(reader, true, &name, err) != 0)
		goto out;
	pass_separator(reader);
	if (read_text(reader, false, &value, err) != 0)
		goto out;
	out->list =
	    xgrow(out->list, out->count, &out->capacity, sizeof(*out->list));
	out->list[out->count++] = (struct javaprop){
		.name = xmemdup0(buf_text(&name), name.size),
		.value = xmemdup0(buf_text(&value), value.size),
		.line = line,
	};
	rc = 0;
out:
	buf_release(&name);
	if (value.data != NULL)
		memset(value.data, 0, value.size);
	buf_release(&value);
	return rc;
}

static void
pass_comment(struct reader *reader)
{
	while (reader->at < reader->end && !at_newline(reader))
		reader->at++;
}

int
javaprops_parse(
    struct bytes text, const char *what, struct javaprops *out, struct err *err)
{
	struct reader reader = {
		.at = text.data,
		.end = text.size > 0 ? text.data + text.size : text.data,
		.what = what,
		.line = 1,
	};

	if (text.size > JAVAPROPS_SIZE_MAX)
		return err_set(err, ERR_USAGE, "%s: over %d bytes", what,
		    JAVAPROPS_SIZE_MAX);
	while (reader.at < reader.end) {
		if (at_newline(&reader)) {
			pass_newline(&reader);
		} else if (is_space(*reader.at)) {
			reader.at++;
		} else if (*reader.at == '#' || *reader.at == '!') {
			pass_comment(&reader);
		} else if (read_entry(&reader, out, err) != 0) {
			javaprops_release(out);
			return -1;
		}
	}
	return 0;
}

const char *
javaprops_find(const struct javaprops *props, const char *name)
{
	const char *found = NULL;

	for (size_t at = 0; at < props->count; at++)
		if (strcmp(props->list[at].name, name) == 0)
			found = props->list[at].value;
	return found;
}

void
javaprops_release(struct javaprops *props)
{
	for (size_t at = 0; at < props->count; at++) {
		free(props->list[at].name);
		for (volatile char *c = props->list[at].value; *c != '\0'; c++)
			*c = '\0';
		free(props->list[at].value);
	}
	free(props->list);
	*props = (struct javaprops){ 0 };
}
