/* Parsing of the command line against the option table. */
#include "cli/options.h"

#include <string.h>

#include "cli/commands.h"
#include "cli/config_keys.h"
#include "cli/suggest.h"
#include "common/parsenum.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "kafka/settings.h"

/* How a name of the operator's is shown in an error. */
#define SHOWN_MAX 80

static const struct option *
find_long(const char *name, size_t size)
{
	for (size_t id = 0; id < OPTION_ID_COUNT; id++) {
		if (strlen(option_table[id].name) == size &&
		    memcmp(option_table[id].name, name, size) == 0)
			return &option_table[id];
	}
	return NULL;
}

static const struct option *
find_letter(char letter)
{
	for (size_t id = 0; id < OPTION_ID_COUNT; id++) {
		if (option_table[id].letter == letter)
			return &option_table[id];
	}
	return NULL;
}

static int
unknown_option(const char *name, size_t size, struct err *err)
{
	const char *names[OPTION_ID_COUNT];
	char shown[SHOWN_MAX];
	char *copy = xmemdup0(name, size);
	const char *near;

	for (size_t id = 0; id < OPTION_ID_COUNT; id++)
		names[id] = option_table[id].name;
	near = suggest_nearest(copy, names, OPTION_ID_COUNT);
	err_set(err, ERR_USAGE, "unknown option --%s",
	    utf8_escape_to((struct bytes){ name, size }, shown, SHOWN_MAX));
	if (near != NULL)
		err_hint(err, "did you mean --%s?", near);
	else
		err_hint(err, "tidemark --help lists them");
	free(copy);
	return -1;
}

/* A flag of the file; on the command line it has no value. */
static int
set_flag(struct option_value *value, const struct option *option,
    const char *text, struct err *err)
{
	if (strcmp(text, "no") != 0 && strcmp(text, "yes") != 0 &&
	    text[0] != '\0')
		return err_set(err, ERR_USAGE, "%s is yes or no", option->name);
	value->set = strcmp(text, "no") != 0;
	return 0;
}

static int
set_count(struct option_value *value, const struct option *option,
    const char *text, struct err *err)
{
	char shown[SHOWN_MAX];

	if (parse_i64(bytes_of(text), option->min, option->max, &value->number))
		return 0;
	return err_set(err, ERR_USAGE,
	    "--%s takes a whole number from %lld to %lld, not '%s'",
	    option->name, (long long)option->min, (long long)option->max,
	    utf8_escape_to(bytes_of(text), shown, SHOWN_MAX));
}

int
options_set(struct options *options, const struct option *option,
    const char *text, enum option_origin origin, struct err *err)
{
	struct option_value *value = &options->values[option->id];

	value->origin = origin;
	if (option->kind == OPTION_FLAG)
		return set_flag(value, option, text, err);
	if (option->kind == OPTION_DURATION &&
	    duration_parse(text, &value->number, err) != 0)
		return err_wrap(err, "--%s", option->name);
	if (option->kind == OPTION_COUNT &&
	    set_count(value, option, text, err) != 0)
		return -1;
	text = arena_text(&options->arena, text);
	if (option->kind == OPTION_LIST) {
		value->list = xgrow(value->list, value->list_count,
		    &value->list_capacity, sizeof(*value->list));
		value->list[value->list_count++] = text;
	} else {
		value->text = text;
	}
	value->set = true;
	return 0;
}

static int
take_value(struct options *options, const struct option *option,
    const char *text, struct err *err)
{
	struct option_value *value = &options->values[option->id];

	if (value->set && option->kind != OPTION_LIST &&
	    option->kind != OPTION_FLAG)
		return err_set(
		    err, ERR_USAGE, "--%s is given twice", option->name);
	return options_set(options, option, text, ORIGIN_COMMAND_LINE, err);
}

static void
wipe(struct options *options, char *text)
{
	options->secret_seen = true;
	memset(text, '*', strlen(text));
}

/* Overwrite the value of a secret property, or a URL that is one, where it
 * stands in argv. */
static void
wipe_secret(struct options *options, const struct option *option, char *text)
{
	char *equals = option->id == OPT_PROPERTY ? strchr(text, '=') : NULL;
	char *name;

	if (option->id == OPT_PING_URL)
		wipe(options, text);
	if (equals == NULL)
		return;
	name = xmemdup0(text, (size_t)(equals - text));
	if (kafka_settings_is_secret(name))
		wipe(options, equals + 1);
	free(name);
}

/* What is left of argv. */
struct scan {
	int argc;
	char **argv;
	int next;
	bool only_arguments; /* "--" was seen */
};

/* The argument of an option: given with it, or the next word. */
static int
take_argument(struct options *options, const struct option *option,
    char *attached, struct scan *scan, struct err *err)
{
	char *text = attached;
	int result;

	if (option->kind == OPTION_FLAG) {
		if (attached != NULL)
			return err_set(err, ERR_USAGE, "--%s takes no value",
			    option->name);
		return take_value(options, option, "", err);
	}
	if (text == NULL) {
		if (scan->next >= scan->argc)
			return err_set(err, ERR_USAGE, "--%s needs a value: %s",
			    option->name, option->argument);
		text = scan->argv[scan->next++];
	}
	result = take_value(options, option, text, err);
	wipe_secret(options, option, text);
	return result;
}

static int
parse_long(
    struct options *options, char *word, struct scan *scan, struct err *err)
{
	char *equals = strchr(word, '=');
	const size_t size =
	    equals != NULL ? (size_t)(equals - word) : strlen(word);
	const struct option *option = find_long(word, size);

	if (option == NULL)
		return unknown_option(word, size, err);
	return take_argument(
	    options, option, equals != NULL ? equals + 1 : NULL, scan, err);
}

/* -r DIR, -rDIR, -nq */
static int
parse_letters(
    struct options *options, char *word, struct scan *scan, struct err *err)
{
	for (char *at = word; *at != '\0'; at++) {
		const struct option *option = find_letter(*at);

		if (option == NULL) {
			char shown[SHOWN_MAX];

			err_set(err, ERR_USAGE, "unknown option -%s",
			    utf8_escape_to(bytes_of(at), shown, SHOWN_MAX));
			err_hint(err, "tidemark --help lists them");
			return -1;
		}
		if (option->kind != OPTION_FLAG)
			return take_argument(options, option,
			    at[1] != '\0' ? at + 1 : NULL, scan, err);
		if (take_argument(options, option, NULL, scan, err) != 0)
			return -1;
	}
	return 0;
}

static int
parse_word(
    struct options *options, char *word, struct scan *scan, struct err *err)
{
	if (!scan->only_arguments && strcmp(word, "--") == 0) {
		scan->only_arguments = true;
		return 0;
	}
	if (!scan->only_arguments && strncmp(word, "--", 2) == 0)
		return parse_long(options, word + 2, scan, err);
	if (!scan->only_arguments && word[0] == '-' && word[1] != '\0')
		return parse_letters(options, word + 1, scan, err);
	if (options->command == NULL) {
		options->command = arena_text(&options->arena, word);
		return 0;
	}
	if (command_family_find(options->command) != NULL) {
		options->command = arena_format(
		    &options->arena, "%s %s", options->command, word);
		return 0;
	}
	options->arguments = xgrow(options->arguments, options->argument_count,
	    &options->argument_capacity, sizeof(*options->arguments));
	options->arguments[options->argument_count++] =
	    arena_text(&options->arena, word);
	return 0;
}

int
options_parse(int argc, char **argv, struct options *out, struct err *err)
{
	struct scan scan = { argc, argv, 1, false };

	memset(out, 0, sizeof(*out));
	while (scan.next < argc) {
		char *word = argv[scan.next++];

		if (parse_word(out, word, &scan, err) != 0)
			return -1;
	}
	return 0;
}

int
options_check(
    const struct options *options, unsigned int command, struct err *err)
{
	for (size_t id = 0; id < OPTION_ID_COUNT; id++) {
		const struct option *option = &option_table[id];

		if (options->values[id].origin != ORIGIN_COMMAND_LINE ||
		    (option->commands & command) != 0 ||
		    (command == CMD_CONFIG && config_keeps(option)))
			continue;
		err_set(err, ERR_USAGE, "%s takes no --%s", options->command,
		    option->name);
		err_hint(err, "tidemark help %s lists its options",
		    options->command);
		return -1;
	}
	return 0;
}

bool
options_flag(const struct options *options, enum option_id id)
{
	return options->values[id].set;
}

const char *
options_text(const struct options *options, enum option_id id)
{
	return options->values[id].text;
}

int64_t
options_number(const struct options *options, enum option_id id)
{
	return options->values[id].number;
}

bool
options_is_set(const struct options *options, enum option_id id)
{
	return options->values[id].set;
}

static int
fail_choice(
    const char *name, const char *const *words, size_t count, struct err *err)
{
	struct buf list = { 0 };

	for (size_t at = 0; at < count; at++)
		buf_add_format(&list, "%s%s",
		    at == 0               ? ""
			: at + 1 == count ? " or "
					  : ", ",
		    words[at]);
	err_set(err, ERR_USAGE, "--%s is %s", name, buf_text(&list));
	buf_release(&list);
	return -1;
}

int
option_choose(const char *name, const char *text, const char *const *words,
    size_t count, size_t *out, struct err *err)
{
	for (size_t at = 0; at < count; at++) {
		if (strcmp(text, words[at]) == 0) {
			*out = at;
			return 0;
		}
	}
	return fail_choice(name, words, count, err);
}

int
options_choice(const struct options *options, enum option_id id,
    const char *const *words, size_t count, size_t *out, struct err *err)
{
	return option_choose(option_table[id].name, options_text(options, id),
	    words, count, out, err);
}

const char **
options_list(const struct options *options, enum option_id id, size_t *count)
{
	*count = options->values[id].list_count;
	return options->values[id].list;
}

void
options_release(struct options *options)
{
	for (size_t id = 0; id < OPTION_ID_COUNT; id++)
		free(options->values[id].list);
	free(options->arguments);
	arena_release(&options->arena);
	memset(options, 0, sizeof(*options));
}
