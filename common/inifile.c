#include "common/inifile.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/utf8.h"
#include "common/xalloc.h"

#define LINE_SIZE_MAX 4096

/* Text from the file in a message; never from a value, which may be secret. */
#define SHOWN_MAX 120

/* What section, value and variable names are made of. */
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define NAME_CHARACTERS LETTERS DIGITS "._-"
#define VARIABLE_CHARACTERS LETTERS DIGITS "_"

struct parser {
	struct inifile *file;
	size_t capacity; /* of file->entries */
	size_t section_capacity;
	const char *what;    /* the file, for messages */
	int line;            /* the current one, from 1 */
	const char *section; /* NULL before the first */
	const char *argument;
	inifile_lookup_fn *lookup;
	void *context;
	struct buf value; /* scratch */
	struct err *err;
};

/* Fail in the current line. */
static int PRINTF_LIKE(2, 3)
    fail(struct parser *parser, const char *format, ...)
{
	struct buf message = { 0 };
	va_list args;

	va_start(args, format);
	buf_add_vformat(&message, format, args);
	va_end(args);
	(void)err_set(parser->err, ERR_USAGE, "%s:%d: %s", parser->what,
	    parser->line, buf_text(&message));
	buf_release(&message);
	return -1;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Without spaces and tabs around it. */
static struct bytes
trim(struct bytes text)
{
	while (text.size > 0 && is_blank(text.data[0])) {
		text.data++;
		text.size--;
	}
	while (text.size > 0 && is_blank(text.data[text.size - 1])) {
		text.size--;
	}
	return text;
}

/* How many bytes at the start are among those in set. */
static size_t
span(struct bytes text, const char *set)
{
	size_t size = 0;

	while (size < text.size && text.data[size] != '\0' &&
	    strchr(set, text.data[size]) != NULL) {
		size++;
	}
	return size;
}

/* The text from so many bytes on. */
static struct bytes
after(struct bytes text, size_t size)
{
	const struct bytes rest = { text.data + size, text.size - size };

	return rest;
}

/*
 * Refuse what a careful reader could not see: control characters, and the
 * carriage returns of another system, of which the message speaks.
 */
static int
check_line(struct parser *parser, struct bytes line)
{
	if (line.size > LINE_SIZE_MAX) {
		return fail(
		    parser, "the line is longer than %d bytes", LINE_SIZE_MAX);
	}
	for (size_t i = 0; i < line.size; i++) {
		const unsigned char c = (unsigned char)line.data[i];

		if (c == '\r' && i + 1 == line.size) {
			return fail(parser,
			    "the line ends with a carriage return; save the "
			    "file with Unix line ends");
		}
		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			return fail(parser,
			    "byte %zu of the line is the control character "
			    "0x%02x",
			    i + 1, (unsigned int)c);
		}
	}
	return 0;
}

static void
add_section(struct parser *parser)
{
	struct inifile *file = parser->file;

	file->sections = xgrow(file->sections, file->section_count,
	    &parser->section_capacity, sizeof(*file->sections));
	file->sections[file->section_count++] =
	    (struct inifile_section){ parser->section, parser->argument,
		    parser->line };
}

/* "[name]" or "[name "argument"]"; text has no spaces around it. */
static int
parse_section_names(struct parser *parser, struct bytes text)
{
	struct arena *arena = &parser->file->arena;
	struct bytes rest = after(text, 1);
	const size_t size = span(rest, NAME_CHARACTERS);
	const struct bytes name = { rest.data, size };

	if (size == 0 || text.data[text.size - 1] != ']') {
		return fail(parser,
		    "a section is written [name] or [name \"argument\"]");
	}
	parser->section = arena_bytes(arena, name).data;
	parser->argument = NULL;

	/* What stands between the name and the ']'. */
	rest = after(rest, size);
	rest.size--;
	if (rest.size == 0) {
		return 0;
	}
	const bool is_apart = is_blank(rest.data[0]);

	rest = trim(rest);
	if (rest.size == 0) {
		return 0;
	}
	if (!is_apart || rest.size < 2 || rest.data[0] != '"' ||
	    rest.data[rest.size - 1] != '"' ||
	    memchr(rest.data + 1, '"', rest.size - 2) != NULL) {
		return fail(parser,
		    "a section is written [name] or [name \"argument\"]");
	}
	const struct bytes argument = { rest.data + 1, rest.size - 2 };

	parser->argument = arena_bytes(arena, argument).data;
	return 0;
}

/*
 * Read what follows a '$', add what it stands for to the value, and move rest
 * behind it.
 */
static int
expand(struct parser *parser, struct bytes *rest)
{
	if (rest->size > 0 && rest->data[0] == '$') {
		buf_add_char(&parser->value, '$');
		*rest = after(*rest, 1);
		return 0;
	}
	if (rest->size == 0 || rest->data[0] != '{') {
		return fail(parser,
		    "a '$' begins ${NAME}, an environment variable; write $$ "
		    "for the character");
	}
	*rest = after(*rest, 1);

	const size_t size = span(*rest, VARIABLE_CHARACTERS);

	if (size == 0 || size == rest->size || rest->data[size] != '}' ||
	    strchr(DIGITS, rest->data[0]) != NULL) {
		return fail(
		    parser, "an environment variable is written ${NAME}");
	}
	char *name = xmemdup0(rest->data, size);
	const char *found = parser->lookup(parser->context, name);
	int result = 0;

	if (found == NULL) {
		result = fail(
		    parser, "the environment variable %s is not set", name);
	} else {
		buf_add_text(&parser->value, found);
	}
	free(name);
	*rest = after(*rest, size + 1);
	return result;
}

static int
parse_section(struct parser *parser, struct bytes text)
{
	if (parse_section_names(parser, text) != 0)
		return -1;
	add_section(parser);
	return 0;
}

/* Put the text into the parser's value, with variables replaced. */
static int
parse_value(struct parser *parser, struct bytes text)
{
	buf_clear(&parser->value);
	while (text.size > 0) {
		const char *dollar = memchr(text.data, '$', text.size);

		if (dollar == NULL) {
			buf_add_bytes(&parser->value, text);
			return 0;
		}
		const size_t before = (size_t)(dollar - text.data);

		buf_add(&parser->value, text.data, before);
		text = after(text, before + 1);
		if (expand(parser, &text) != 0) {
			return -1;
		}
	}
	return 0;
}

/* "name = value"; text has no spaces around it and is not empty. */
static int
parse_entry(struct parser *parser, struct bytes text)
{
	struct inifile *file = parser->file;
	const size_t size = span(text, NAME_CHARACTERS);
	const struct bytes name = { text.data, size };
	const struct bytes rest = trim(after(text, size));

	if (size == 0 || rest.size == 0 || rest.data[0] != '=') {
		return fail(parser,
		    "a line is a comment (# first), a [section], or "
		    "name = value");
	}
	if (parser->section == NULL) {
		char shown[SHOWN_MAX];

		return fail(parser, "\"%s\" stands before any [section]",
		    utf8_escape_to(name, shown, sizeof(shown)));
	}
	if (parse_value(parser, trim(after(rest, 1))) != 0) {
		return -1;
	}
	const struct inifile_entry entry = {
		parser->section,
		parser->argument,
		arena_bytes(&file->arena, name).data,
		arena_text(&file->arena, buf_text(&parser->value)),
		parser->line,
	};

	file->entries = xgrow(file->entries, file->count, &parser->capacity,
	    sizeof(*file->entries));
	file->entries[file->count++] = entry;
	return 0;
}

static int
parse_line(struct parser *parser, struct bytes line)
{
	if (check_line(parser, line) != 0) {
		return -1;
	}
	const struct bytes text = trim(line);

	if (text.size == 0 || text.data[0] == '#') {
		return 0;
	}
	if (text.data[0] == '[') {
		return parse_section(parser, text);
	}
	return parse_entry(parser, text);
}

/* Parse each line until one fails. */
static int
parse_lines(struct parser *parser, struct bytes text)
{
	while (text.size > 0) {
		const char *newline = memchr(text.data, '\n', text.size);
		const struct bytes line = { text.data,
			newline == NULL ? text.size
					: (size_t)(newline - text.data) };

		parser->line++;
		if (parse_line(parser, line) != 0) {
			return -1;
		}
		text = after(text, newline == NULL ? text.size : line.size + 1);
	}
	return 0;
}

int
inifile_parse(struct bytes text, const char *what, inifile_lookup_fn *lookup,
    void *context, struct inifile *out, struct err *err)
{
	struct parser parser = { 0 };

	memset(out, 0, sizeof(*out));
	parser.file = out;
	parser.what = what;
	parser.lookup = lookup;
	parser.context = context;
	parser.err = err;
	if (text.size > INIFILE_SIZE_MAX) {
		return err_set(err, ERR_USAGE, "%s: is larger than %d bytes",
		    what, INIFILE_SIZE_MAX);
	}
	const int result = parse_lines(&parser, text);

	buf_release(&parser.value);
	if (result != 0) {
		inifile_release(out);
	}
	return result;
}

void
inifile_release(struct inifile *file)
{
	arena_release(&file->arena);
	free(file->entries);
	free(file->sections);
	memset(file, 0, sizeof(*file));
}
