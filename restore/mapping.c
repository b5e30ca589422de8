#include "restore/mapping.h"

#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/utf8.h"
#include "common/xalloc.h"

#define SHOWN_MAX 120
#define EXPRESSION_PREFIX "s/"
#define REFERENCES 10

/* A string in Kafka's protocol. */
#define NAME_MAX_BYTES 32767

struct mapping_rule {
	const char *text; /* as it was given */
	bool is_expression;
	regex_t regex;
	char *replacement;
	struct buf from, to; /* where it is none */
	bool used;
};

/* --- reading ----------------------------------------------------------- */

static int
wrong(const char *text, const char *why, struct err *err)
{
	char shown[SHOWN_MAX];

	return err_set(err, ERR_USAGE, "\"%s\": %s",
	    utf8_escape_to(bytes_of(text), shown, sizeof(shown)), why);
}

static int
read_names(struct mapping_rule *rule, struct err *err)
{
	struct buf *out = &rule->from;

	for (const char *at = rule->text; *at != '\0'; at++) {
		if (*at == '=' && out == &rule->from) {
			out = &rule->to;
			continue;
		}
		if (*at == '\\' && *++at == '\0')
			return wrong(rule->text,
			    "a backslash at the end takes nothing", err);
		buf_add_char(out, *at);
	}
	if (rule->from.size > 0 && rule->to.size > 0)
		return 0;
	(void)wrong(rule->text, "is not OLD=NEW", err);
	err_hint(err,
	    "give OLD=NEW, or 's/EXPRESSION/REPLACEMENT/'; a '=' in OLD is "
	    "written \\=");
	return -1;
}

/* The '/' that ends what begins at text, or NULL; "\/" is none. */
static char *
find_slash(char *text)
{
	for (char *at = text; *at != '\0'; at++) {
		if (*at == '/')
			return at;
		if (*at == '\\' && *++at == '\0')
			return NULL;
	}
	return NULL;
}

static int
check_replacement(const struct mapping_rule *rule, struct err *err)
{
	for (const char *at = rule->replacement; *at != '\0'; at++) {
		if (*at != '\\')
			continue;
		at++;
		if (*at >= '0' && *at <= '9' &&
		    (*at == '0' || (size_t)(*at - '0') > rule->regex.re_nsub))
			return wrong(rule->text,
			    "the replacement names a group that the expression "
			    "has not",
			    err);
	}
	return 0;
}

/* "s/a\/b/c/": to regcomp "\/" is a slash, too. */
static int
read_expression(struct mapping_rule *rule, struct err *err)
{
	char *copy = xstrdup(rule->text + strlen(EXPRESSION_PREFIX));
	char *middle = find_slash(copy);
	char *end = middle == NULL ? NULL : find_slash(middle + 1);
	char reason[SHOWN_MAX];
	int code;

	if (end == NULL || end[1] != '\0') {
		free(copy);
		return wrong(
		    rule->text, "is not s/EXPRESSION/REPLACEMENT/", err);
	}
	*middle = *end = '\0';
	rule->replacement = xstrdup(middle + 1);
	code = regcomp(&rule->regex, copy, REG_EXTENDED);
	free(copy);
	if (code != 0) {
		(void)regerror(code, &rule->regex, reason, sizeof(reason));
		return wrong(rule->text, reason, err);
	}
	rule->is_expression = true;
	return check_replacement(rule, err);
}

int
mapping_parse(struct mapping_rules *out, const char *option,
    const char *const *texts, size_t count, struct err *err)
{
	out->option = option;
	out->list = xcalloc(count, sizeof(*out->list));
	for (size_t i = 0; i < count; i++) {
		struct mapping_rule *rule = &out->list[i];
		const bool is_expression = bytes_start_with(
		    bytes_of(texts[i]), bytes_of(EXPRESSION_PREFIX));

		rule->text = texts[i];
		out->count++;
		if ((is_expression ? read_expression(rule, err)
				   : read_names(rule, err)) != 0)
			return err_wrap(err, "%s", option);
	}
	return 0;
}

static void
release_rules(struct mapping_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		struct mapping_rule *rule = &rules->list[i];

		if (rule->is_expression)
			regfree(&rule->regex);
		free(rule->replacement);
		buf_release(&rule->from);
		buf_release(&rule->to);
	}
	free(rules->list);
	*rules = (struct mapping_rules){ 0 };
}

void
mapping_release(struct mapping *mapping)
{
	release_rules(&mapping->groups);
	release_rules(&mapping->topics);
}

/* --- renaming ---------------------------------------------------------- */

static void
add_match(struct buf *out, const char *name, const regmatch_t *match)
{
	/* A group that took no part in the match is empty. */
	if (match->rm_so >= 0)
		buf_add(out, name + match->rm_so,
		    (size_t)(match->rm_eo - match->rm_so));
}

static void
add_replacement(struct buf *out, const struct mapping_rule *rule,
    const char *name, const regmatch_t *matches)
{
	for (const char *at = rule->replacement; *at != '\0'; at++) {
		const bool quoted = *at == '\\';

		at += quoted;
		if (quoted && *at >= '1' && *at <= '9')
			add_match(out, name, &matches[*at - '0']);
		else if (!quoted && *at == '&')
			add_match(out, name, &matches[0]);
		else
			buf_add_char(out, *at);
	}
}

static bool
apply_expression(
    const struct mapping_rule *rule, struct bytes name, struct buf *out)
{
	regmatch_t matches[REFERENCES];
	char *text;
	bool fits;

	if (name.size > 0 && memchr(name.data, '\0', name.size) != NULL)
		return false;
	text = xmemdup0(name.data, name.size);
	fits = regexec(&rule->regex, text, REFERENCES, matches, 0) == 0;
	if (fits) {
		buf_add(out, text, (size_t)matches[0].rm_so);
		add_replacement(out, rule, text, matches);
		buf_add_text(out, text + matches[0].rm_eo);
	}
	free(text);
	return fits;
}

static bool
apply_rule(const struct mapping_rule *rule, struct bytes name, struct buf *out)
{
	if (rule->is_expression)
		return apply_expression(rule, name, out);
	if (!bytes_equal(buf_bytes(&rule->from), name))
		return false;
	buf_add(out, rule->to.data, rule->to.size);
	return true;
}

int
mapping_name(const struct mapping_rules *rules, struct bytes name,
    struct arena *arena, struct bytes *out, struct err *err)
{
	struct buf text = { 0 };
	char shown[SHOWN_MAX];
	size_t at = 0;

	*out = name;
	while (at < rules->count && !apply_rule(&rules->list[at], name, &text))
		at++;
	if (at == rules->count)
		return 0;
	rules->list[at].used = true;
	if (text.size == 0 || text.size > NAME_MAX_BYTES) {
		(void)err_set(err, ERR_USAGE,
		    "%s: the new name of %s would be %s", rules->option,
		    utf8_escape_to(name, shown, sizeof(shown)),
		    text.size == 0 ? "empty" : "too long");
		buf_release(&text);
		return -1;
	}
	*out = arena_bytes(arena, buf_bytes(&text));
	buf_release(&text);
	return 0;
}

int
mapping_check_used(const struct mapping_rules *rules, struct err *err)
{
	char shown[SHOWN_MAX];

	for (size_t i = 0; i < rules->count; i++) {
		const struct mapping_rule *rule = &rules->list[i];

		if (rule->used)
			continue;
		err_set(err, ERR_REFUSED,
		    "%s \"%s\" fits nothing that is "
		    "restored",
		    rules->option,
		    utf8_escape_to(bytes_of(rule->text), shown, sizeof(shown)));
		err_hint(err,
		    "what was meant would be moved under its own name; of "
		    "several rules the first that fits a name renames it");
		return -1;
	}
	return 0;
}
