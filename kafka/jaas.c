#include "kafka/jaas.h"

#include <stdbool.h>
#include <string.h>

#include "common/buf.h"

enum token {
	TOKEN_END,
	TOKEN_TEXT,
	TOKEN_EQUALS,
	TOKEN_SEMICOLON,
	TOKEN_BAD
};

struct lexer {
	const char *at;
	struct buf text; /* of the last TOKEN_TEXT */
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool
is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* White space and comments of both kinds. */
static void
pass_space(struct lexer *lexer)
{
	for (;;) {
		const char *end;
		if (is_space(*lexer->at)) {
			lexer->at++;
		} else if (strncmp(lexer->at, "//", 2) == 0) {
			lexer->at += strcspn(lexer->at, "\n\r");
		} else if (strncmp(lexer->at, "/*", 2) == 0) {
			end = strstr(lexer->at + 2, "*/");
			lexer->at = end != NULL ? end + 2
						: lexer->at + strlen(lexer->at);
		} else {
			return;
		}
	}
}

static void
read_octal(struct lexer *lexer)
{
	const int digits = *lexer->at <= '3' ? 3 : 2;
	unsigned int value = 0;

	for (int at = 0; at < digits && is_octal(*lexer->at); at++)
		value = value * 8 + (unsigned int)(*lexer->at++ - '0');
	/* Java's characters of one byte, in UTF-8. */
	if (value >= 0x80) {
		buf_add_char(&lexer->text, (char)(0xc0U | (value >> 6)));
		value = 0x80U | (value & 0x3fU);
	}
	buf_add_char(&lexer->text, (char)value);
}

/* Behind a backslash in a quoted text: \n and the like, \ooo, else the
 * character itself. */
static void
read_escape(struct lexer *lexer)
{
	static const char from[] = "abfnrtv";
	static const char to[] = "\a\b\f\n\r\t\v";
	const char *found;

	if (is_octal(*lexer->at)) {
		read_octal(lexer);
		return;
	}
	found = strchr(from, *lexer->at);
	if (found != NULL)
		buf_add_char(&lexer->text, to[found - from]);
	else
		buf_add_char(&lexer->text, *lexer->at);
	lexer->at++;
}

static enum token
read_quoted(struct lexer *lexer)
{
	const char quote = *lexer->at++;

	while (*lexer->at != quote) {
		if (*lexer->at == '\0' || *lexer->at == '\n')
			return TOKEN_BAD;
		if (*lexer->at != '\\') {
			buf_add_char(&lexer->text, *lexer->at++);
			continue;
		}
		lexer->at++;
		if (*lexer->at == '\0')
			return TOKEN_BAD;
		read_escape(lexer);
	}
	lexer->at++;
	return TOKEN_TEXT;
}

static enum token
next_token(struct lexer *lexer)
{
	size_t size;

	pass_space(lexer);
	buf_clear(&lexer->text);
	switch (*lexer->at) {
	case '\0':
		return TOKEN_END;
	case '=':
		lexer->at++;
		return TOKEN_EQUALS;
	case ';':
		lexer->at++;
		return TOKEN_SEMICOLON;
	case '"':
	case '\'':
		return read_quoted(lexer);
	default:
		break;
	}
	size = strcspn(lexer->at, " \t\n\r\f=;\"'");
	buf_add(&lexer->text, lexer->at, size);
	lexer->at += size;
	return TOKEN_TEXT;
}

static int
fail(struct err *err, const char *why)
{
	(void)err_set(err, ERR_USAGE, "sasl.jaas.config: %s", why);
	err_hint(err,
	    "it reads: org.apache.kafka.common.security.scram."
	    "ScramLoginModule required username=\"...\" "
	    "password=\"...\";");
	return -1;
}

/* One "name = value" behind the flag. */
static int
read_option(
    struct lexer *lexer, struct arena *arena, struct jaas *out, struct err *err)
{
	const char *name = arena_text(arena, buf_text(&lexer->text));
	const char *value;

	if (next_token(lexer) != TOKEN_EQUALS)
		return fail(err, "an option without '='");
	if (next_token(lexer) != TOKEN_TEXT)
		return fail(err, "an option without a value");
	value = arena_text(arena, buf_text(&lexer->text));
	if (strlen(value) != lexer->text.size)
		return fail(err, "a NUL character cannot be used");
	if (strcmp(name, "username") == 0)
		out->username = value;
	else if (strcmp(name, "password") == 0)
		out->password = value;
	else if (strcmp(name, "tokenauth") == 0 && strcmp(value, "true") == 0)
		return fail(err, "delegation tokens cannot be used here");
	return 0;
}

/* The class by its last name: vendors move it to packages of their own. */
static int
read_module(struct lexer *lexer, struct jaas *out, struct err *err)
{
	const char *name;
	const char *dot;

	if (next_token(lexer) != TOKEN_TEXT)
		return fail(err, "no login module");
	dot = strrchr(buf_text(&lexer->text), '.');
	name = dot != NULL ? dot + 1 : buf_text(&lexer->text);
	if (strcmp(name, "PlainLoginModule") == 0)
		out->module = JAAS_PLAIN;
	else if (strcmp(name, "ScramLoginModule") == 0)
		out->module = JAAS_SCRAM;
	else
		return fail(err,
		    "only PlainLoginModule and ScramLoginModule "
		    "are known; give other mechanisms as "
		    "librdkafka properties (-X)");
	if (next_token(lexer) != TOKEN_TEXT)
		return fail(err, "\"required\" is missing");
	return 0;
}

static int
parse(
    struct lexer *lexer, struct arena *arena, struct jaas *out, struct err *err)
{
	enum token token;

	if (read_module(lexer, out, err) != 0)
		return -1;
	while ((token = next_token(lexer)) == TOKEN_TEXT)
		if (read_option(lexer, arena, out, err) != 0)
			return -1;
	if (token == TOKEN_BAD)
		return fail(err, "a quote that is not closed");
	if (token != TOKEN_SEMICOLON)
		return fail(err, "the ';' at the end is missing");
	if (next_token(lexer) != TOKEN_END)
		return fail(err, "only one login module can be used");
	if (out->username == NULL || out->password == NULL)
		return fail(err, "username and password are needed");
	return 0;
}

int
jaas_parse(
    const char *text, struct arena *arena, struct jaas *out, struct err *err)
{
	struct lexer lexer = { .at = text };
	int rc;

	*out = (struct jaas){ .username = NULL };
	rc = parse(&lexer, arena, out, err);
	if (lexer.text.data != NULL)
		memset(lexer.text.data, 0, lexer.text.capacity);
	buf_release(&lexer.text);
	return rc;
}
