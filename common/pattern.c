#include "common/pattern.h"

#include <regex.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/regexcheck.h"
#include "common/utf8.h"
#include "common/xalloc.h"

#define REGEX_PREFIX "re:"

/* A byte that is not UTF-8 is a unit of its own behind all code points. */
#define STRAY_BYTE 0x110000

/* Text of the user's in a message. */
#define SHOWN_MAX 120

/* A name up to this size needs no memory to be given to regexec. */
#define SHORT_NAME_MAX 512

enum token_kind {
	TOKEN_UNIT,
	TOKEN_ANY,
	TOKEN_RUN,
	TOKEN_SET
};

/* One step of a glob. */
struct token {
	enum token_kind kind;
	int32_t unit; /* TOKEN_UNIT */
	bool reverse; /* TOKEN_SET: [!...] */
	size_t first; /* TOKEN_SET: its ranges among those of the pattern */
	size_t end;
};

struct range {
	int32_t low;
	int32_t high;
};

enum pattern_kind {
	PATTERN_EXACT,
	PATTERN_GLOB,
	PATTERN_REGEX
};

struct pattern {
	enum pattern_kind kind;
	char *text;
	char *exact; /* PATTERN_EXACT: the name, backslashes taken out */
	struct token *tokens;
	size_t token_count;
	size_t token_capacity;
	struct range *ranges;
	size_t range_count;
	size_t range_capacity;
	regex_t regex;
};

/* --------------------------------------------------------------- globs */

/* The character, or stray byte, at *at; moves behind it. */
static int32_t
next_unit(const char **at, const char *end)
{
	const unsigned char first = (unsigned char)**at;
	const int32_t code = utf8_next(at, end);

	return code >= 0 ? code : STRAY_BYTE + first;
}

static struct token *
add_token(struct pattern *pattern, enum token_kind kind)
{
	pattern->tokens = xgrow(pattern->tokens, pattern->token_count,
	    &pattern->token_capacity, sizeof(*pattern->tokens));

	struct token *token = &pattern->tokens[pattern->token_count++];

	memset(token, 0, sizeof(*token));
	token->kind = kind;
	return token;
}

static void
add_range(struct pattern *pattern, int32_t low, int32_t high)
{
	const struct range range = { low, high };

	pattern->ranges = xgrow(pattern->ranges, pattern->range_count,
	    &pattern->range_capacity, sizeof(*pattern->ranges));
	pattern->ranges[pattern->range_count++] = range;
}

/*
 * Read a unit that may have a backslash before it.  False at the end of the
 * text, also after a backslash.
 */
static bool
read_escaped(const char **at, const char *end, int32_t *unit)
{
	if (*at < end && **at == '\\') {
		(*at)++;
	}
	if (*at == end) {
		return false;
	}
	*unit = next_unit(at, end);
	return true;
}

/* Read "a" or "a-z" within brackets; NULL or what is wrong. */
static const char *
read_range(struct pattern *pattern, const char **at, const char *end)
{
	int32_t low;
	int32_t high;

	if (!read_escaped(at, end, &low)) {
		return "has a '[' without ']'";
	}
	high = low;
	/* A '-' before the ']' is itself. */
	if (end - *at >= 2 && (*at)[0] == '-' && (*at)[1] != ']') {
		(*at)++;
		if (!read_escaped(at, end, &high)) {
			return "has a '[' without ']'";
		}
	}
	if (high < low) {
		return "has a range that ends before it begins";
	}
	add_range(pattern, low, high);
	return NULL;
}

/* Read what follows a '['; NULL or what is wrong. */
static const char *
read_set(struct pattern *pattern, const char **at, const char *end)
{
	struct token *token = add_token(pattern, TOKEN_SET);

	token->first = pattern->range_count;
	if (*at < end && **at == '^') {
		return "has a [^: write [!...] for the reverse, or [\\^...]";
	}
	if (*at < end && **at == '!') {
		token->reverse = true;
		(*at)++;
	}
	/* A ']' that stands first is itself, as in a shell. */
	do {
		const char *fault = read_range(pattern, at, end);

		if (fault != NULL) {
			return fault;
		}
		if (*at == end) {
			return "has a '[' without ']'";
		}
	} while (**at != ']');
	(*at)++;
	token->end = pattern->range_count;
	return NULL;
}

/* Read one step of a glob; NULL or what is wrong. */
static const char *
read_token(struct pattern *pattern, const char **at, const char *end)
{
	int32_t unit;

	switch (**at) {
	case '*':
		(*at)++;
		/* Several in a row are one. */
		if (pattern->token_count == 0 ||
		    pattern->tokens[pattern->token_count - 1].kind !=
			TOKEN_RUN) {
			(void)add_token(pattern, TOKEN_RUN);
		}
		return NULL;
	case '?':
		(*at)++;
		(void)add_token(pattern, TOKEN_ANY);
		return NULL;
	case '[':
		(*at)++;
		return read_set(pattern, at, end);
	default:
		if (!read_escaped(at, end, &unit)) {
			return "ends with a backslash";
		}
		add_token(pattern, TOKEN_UNIT)->unit = unit;
		return NULL;
	}
}

/* The name without the backslashes, of a glob that has only units. */
static char *
without_escapes(const char *text)
{
	char *name = xstrdup(text);
	char *out = name;

	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '\\') {
			at++;
		}
		*out++ = *at;
	}
	*out = '\0';
	return name;
}

/* Compile a glob or an exact name; NULL or what is wrong. */
static const char *
compile_glob(struct pattern *pattern)
{
	const char *at = pattern->text;
	const char *const end = at + strlen(at);
	bool is_exact = true;

	while (at < end) {
		const char *fault = read_token(pattern, &at, end);

		if (fault != NULL) {
			return fault;
		}
	}
	for (size_t i = 0; i < pattern->token_count; i++) {
		is_exact = is_exact && pattern->tokens[i].kind == TOKEN_UNIT;
	}
	pattern->kind = is_exact ? PATTERN_EXACT : PATTERN_GLOB;
	if (is_exact) {
		pattern->exact = without_escapes(pattern->text);
	}
	return NULL;
}

static bool
in_set(const struct pattern *pattern, const struct token *token, int32_t unit)
{
	for (size_t i = token->first; i < token->end; i++) {
		if (unit >= pattern->ranges[i].low &&
		    unit <= pattern->ranges[i].high) {
			return !token->reverse;
		}
	}
	return token->reverse;
}

/* Whether a step other than TOKEN_RUN takes the unit. */
static bool
takes(const struct pattern *pattern, const struct token *token, int32_t unit)
{
	switch (token->kind) {
	case TOKEN_UNIT:
		return token->unit == unit;
	case TOKEN_SET:
		return in_set(pattern, token, unit);
	case TOKEN_ANY:
		return true;
	case TOKEN_RUN:
	default:
		return false;
	}
}

/*
 * Match from left to right.  After a mismatch only the last '*' is given one
 * more character: an earlier one could gain nothing from it.  So the time is at
 * most the product of both lengths.
 */
static bool
glob_matches(const struct pattern *pattern, struct bytes name)
{
	const size_t count = pattern->token_count;
	const char *at = name.data;
	const char *const end = name.size == 0 ? at : at + name.size;
	size_t step = 0;
	size_t after_run = 0; /* the step behind the last '*', 0: none yet */
	const char *run_end = at;

	while (at != end) {
		const char *next = at;

		if (step < count && pattern->tokens[step].kind == TOKEN_RUN) {
			after_run = ++step;
			run_end = at;
		} else if (step < count &&
		    takes(pattern, &pattern->tokens[step],
			next_unit(&next, end))) {
			at = next;
			step++;
		} else if (after_run > 0) {
			(void)next_unit(&run_end, end);
			at = run_end;
			step = after_run;
		} else {
			return false;
		}
	}
	if (step < count && pattern->tokens[step].kind == TOKEN_RUN) {
		step++;
	}
	return step == count;
}

/* --------------------------------------------------------- expressions */

static int
compile_regex(struct pattern *pattern, const char *shown, struct err *err)
{
	const char *expression = pattern->text + strlen(REGEX_PREFIX);
	struct buf anchored = { 0 };

	if (regexcheck_has_stray(expression)) {
		return err_set(err, ERR_USAGE,
		    "pattern \"%s\": has a ')' without '('", shown);
	}
	if (regexcheck_size(expression) > REGEXCHECK_SIZE_MAX) {
		return err_set(err, ERR_USAGE,
		    "pattern \"%s\": is too large with its repetitions "
		    "written out",
		    shown);
	}
	buf_add_format(&anchored, "^(%s)$", expression);

	const int code = regcomp(
	    &pattern->regex, buf_text(&anchored), REG_EXTENDED | REG_NOSUB);

	buf_release(&anchored);
	if (code != 0) {
		char reason[128];

		(void)regerror(code, &pattern->regex, reason, sizeof(reason));
		return err_set(
		    err, ERR_USAGE, "pattern \"%s\": %s", shown, reason);
	}
	pattern->kind = PATTERN_REGEX;
	return 0;
}

static bool
regex_matches(const struct pattern *pattern, struct bytes name)
{
	char copy[SHORT_NAME_MAX];
	char *text = copy;

	if (name.size > 0 && memchr(name.data, '\0', name.size) != NULL) {
		return false;
	}
	if (name.size >= sizeof(copy)) {
		text = xmemdup0(name.data, name.size);
	} else if (name.size > 0) {
		memcpy(copy, name.data, name.size);
	}
	text[name.size] = '\0';

	const bool matches = regexec(&pattern->regex, text, 0, NULL, 0) == 0;

	if (text != copy) {
		free(text);
	}
	return matches;
}

/* --------------------------------------------------------------- public */

int
pattern_new(const char *text, struct pattern **out, struct err *err)
{
	struct pattern *pattern = xcalloc(1, sizeof(*pattern));
	char shown[SHOWN_MAX];
	int result = 0;

	pattern->text = xstrdup(text);
	(void)utf8_escape_to(bytes_of(text), shown, sizeof(shown));
	if (strncmp(text, REGEX_PREFIX, strlen(REGEX_PREFIX)) == 0) {
		result = compile_regex(pattern, shown, err);
	} else {
		const char *fault = compile_glob(pattern);

		if (fault != NULL) {
			result = err_set(
			    err, ERR_USAGE, "pattern \"%s\": %s", shown, fault);
		}
	}
	if (result != 0) {
		pattern_free(pattern);
		return -1;
	}
	*out = pattern;
	return 0;
}

bool
pattern_matches(const struct pattern *pattern, struct bytes name)
{
	switch (pattern->kind) {
	case PATTERN_EXACT:
		return bytes_equal_text(name, pattern->exact);
	case PATTERN_GLOB:
		return glob_matches(pattern, name);
	case PATTERN_REGEX:
	default:
		return regex_matches(pattern, name);
	}
}

const char *
pattern_exact(const struct pattern *pattern)
{
	return pattern->exact;
}

const char *
pattern_text(const struct pattern *pattern)
{
	return pattern->text;
}

void
pattern_free(struct pattern *pattern)
{
	if (pattern == NULL) {
		return;
	}
	if (pattern->kind == PATTERN_REGEX) {
		regfree(&pattern->regex);
	}
	free(pattern->text);
	free(pattern->exact);
	free(pattern->tokens);
	free(pattern->ranges);
	free(pattern);
}
