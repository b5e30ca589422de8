/*
 * awsprofile.c - see awsprofile.h.  Both files become one list of values, each
 * with where it stood; a look-up goes through the list.
 */
#include "storage/awsprofile.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/files.h"
#include "common/secret.h"
#include "common/utf8.h"
#include "common/xalloc.h"

#define FILE_SIZE_MAX ((size_t)1 << 20)
#define LINE_SIZE_MAX ((size_t)4096)
#define SHOWN_MAX 200

enum section_kind {
	SECTION_PROFILE,
	SECTION_SERVICES,
	SECTION_OTHER,
};

struct value {
	enum section_kind kind;
	bool is_credentials; /* of which file */
	const char *section;
	const char *name; /* lower case; "s3.addressing_style" */
	char *text;       /* may be a secret */
};

struct aws_profiles {
	struct arena arena;  /* names */
	struct arena values; /* what may be secret; wiped text by text */
	struct value *list;
	size_t count;
	size_t capacity;
	const char *name;
	bool is_named;
};

/* ---------------------------------------------------------------- one file */

struct reading {
	struct aws_profiles *profiles;
	bool is_credentials;
	const char *what; /* the file, for errors */
	int line;
	enum section_kind kind;
	const char *section; /* NULL before the first */
	const char *parent;  /* the last name at the left margin, or NULL */
	struct err *err;
};

static int
fail_line(const struct reading *reading, const char *why)
{
	return err_set(reading->err, ERR_USAGE, "%s:%d: %s", reading->what,
	    reading->line, why);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct bytes
trim(struct bytes text)
{
	while (text.size > 0 && is_blank(text.data[0])) {
		text.data++;
		text.size--;
	}
	while (text.size > 0 &&
	    (is_blank(text.data[text.size - 1]) ||
		text.data[text.size - 1] == '\r'))
		text.size--;
	return text;
}

/* A comment may stand behind a value of one word.  Behind several words it is
 * none to AWS' own tools: credential_process = sh -c "a ; b". */
static struct bytes
cut_comment(struct bytes text)
{
	struct bytes rest = text;

	while (rest.size > 0 && !is_blank(rest.data[0])) {
		rest.data++;
		rest.size--;
	}
	rest = trim(rest);
	if (rest.size > 0 && (rest.data[0] == '#' || rest.data[0] == ';'))
		text.size = (size_t)(rest.data - text.data);
	return trim(text);
}

/* "[profile name]": the word before the name, and the name. */
static void
split_section(struct bytes inner, struct bytes *word, struct bytes *name)
{
	size_t at = 0;

	while (at < inner.size && !is_blank(inner.data[at]))
		at++;
	*word = (struct bytes){ inner.data, at };
	*name = trim((struct bytes){ inner.data + at, inner.size - at });
	if (name->size >= 2 &&
	    (name->data[0] == '"' || name->data[0] == '\'') &&
	    name->data[name->size - 1] == name->data[0]) {
		name->data++;
		name->size -= 2;
	}
}

static int
begin_section(struct reading *reading, struct bytes line)
{
	const char *end = memchr(line.data, ']', line.size);
	struct bytes inner;
	struct bytes word;
	struct bytes name;

	if (end == NULL)
		return fail_line(reading, "a section that does not end with ]");
	inner = trim(
	    (struct bytes){ line.data + 1, (size_t)(end - line.data) - 1 });
	split_section(inner, &word, &name);
	reading->parent = NULL;
	reading->kind = SECTION_PROFILE;
	if (!reading->is_credentials && name.size > 0 &&
	    bytes_equal_text(word, "services"))
		reading->kind = SECTION_SERVICES;
	else if (reading->is_credentials ||
	    (name.size == 0 && bytes_equal_text(word, "default")))
		name = inner;
	else if (name.size == 0 || !bytes_equal_text(word, "profile"))
		reading->kind = SECTION_OTHER;
	reading->section = arena_bytes(&reading->profiles->arena, name).data;
	return 0;
}

/* The name in lower case, below its parent's where it has one. */
static const char *
full_name(struct reading *reading, struct bytes name, bool nested)
{
	struct arena *arena = &reading->profiles->arena;
	char *text = nested
	    ? arena_format(
		  arena, "%s.%.*s", reading->parent, (int)name.size, name.data)
	    : arena_format(arena, "%.*s", (int)name.size, name.data);

	for (char *at = text; *at != '\0'; at++) {
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)((unsigned char)*at | 0x20U);
	}
	return text;
}

static int
add_value(struct reading *reading, struct bytes line, bool nested)
{
	struct aws_profiles *profiles = reading->profiles;
	const char *equals = memchr(line.data, '=', line.size);
	struct bytes name;
	struct bytes text;
	struct value *value;

	if (reading->section == NULL)
		return fail_line(reading, "a value before the first section");
	if (equals == NULL)
		return fail_line(reading, "neither a section nor name = value");
	name = trim((struct bytes){ line.data, (size_t)(equals - line.data) });
	text = cut_comment(trim((struct bytes){
	    equals + 1, line.size - (size_t)(equals + 1 - line.data) }));
	if (name.size == 0)
		return fail_line(reading, "a value without a name");
	profiles->list = xgrow(profiles->list, profiles->count,
	    &profiles->capacity, sizeof(*profiles->list));
	value = &profiles->list[profiles->count++];
	*value = (struct value){ .kind = reading->kind,
		.is_credentials = reading->is_credentials,
		.section = reading->section,
		.name = full_name(reading, name, nested),
		.text = arena_format(
		    &profiles->values, "%.*s", (int)text.size, text.data) };
	if (!nested)
		reading->parent = value->name;
	return 0;
}

static int
read_line(struct reading *reading, struct bytes line)
{
	const struct bytes text = trim(line);
	const bool indented = line.size > 0 && is_blank(line.data[0]);

	if (line.size > LINE_SIZE_MAX)
		return fail_line(reading, "a line of more than 4096 bytes");
	if (memchr(line.data, '\0', line.size) != NULL)
		return fail_line(reading, "a NUL byte");
	if (text.size == 0 || text.data[0] == '#' || text.data[0] == ';')
		return 0;
	if (!indented && text.data[0] == '[')
		return begin_section(reading, text);
	/* What stands below a name without being one goes on with its text:
	 * nothing that we need does. */
	if (indented && reading->parent != NULL &&
	    memchr(text.data, '=', text.size) == NULL)
		return 0;
	return add_value(reading, text, indented && reading->parent != NULL);
}

static int
read_text(struct aws_profiles *profiles, struct bytes text, bool is_credentials,
    const char *what, struct err *err)
{
	struct reading reading = { .profiles = profiles,
		.is_credentials = is_credentials,
		.what = what,
		.err = err };

	while (text.size > 0) {
		const char *end = memchr(text.data, '\n', text.size);
		const size_t size =
		    end == NULL ? text.size : (size_t)(end - text.data);
		const size_t step = size + (end == NULL ? 0 : 1);

		reading.line++;
		if (read_line(&reading, (struct bytes){ text.data, size }) != 0)
			return -1;
		text.data += step;
		text.size -= step;
	}
	return 0;
}

/* ------------------------------------------------------------- both files */

static const char *
variable(inifile_lookup_fn *lookup, void *context, const char *name)
{
	const char *text = lookup(context, name);

	return text != NULL && text[0] != '\0' ? text : NULL;
}

/* Where a file is: *given when a variable says so. */
static const char *
find_path(inifile_lookup_fn *lookup, void *context, const char *name,
    const char *usual, struct arena *arena, bool *given)
{
	const char *path = variable(lookup, context, name);
	const char *home = variable(lookup, context, "HOME");

	*given = path != NULL;
	if (path != NULL && path[0] == '~' && path[1] == '/' && home != NULL)
		return arena_format(arena, "%s%s", home, path + 1);
	if (path != NULL)
		return path;
	return home == NULL ? NULL : arena_format(arena, "%s/%s", home, usual);
}

static int
read_file(struct aws_profiles *profiles, const char *path, bool given,
    bool is_credentials, struct err *err)
{
	struct buf text = { 0 };
	struct err why = { 0 };
	char shown[SHOWN_MAX];
	int result = 0;

	if (path == NULL)
		return 0;
	if (file_read(path, FILE_SIZE_MAX, &text, &why) == 0) {
		result = read_text(profiles, buf_bytes(&text), is_credentials,
		    utf8_escape_to(bytes_of(path), shown, sizeof(shown)), err);
	} else if (given || why.kind != ERR_NOT_FOUND) {
		*err = why;
		err->kind = ERR_USAGE;
		result = -1;
	}
	secret_release(&text);
	return result;
}

bool
aws_profiles_has(const struct aws_profiles *profiles, const char *profile)
{
	for (size_t i = 0; i < profiles->count; i++) {
		if (profiles->list[i].kind == SECTION_PROFILE &&
		    strcmp(profiles->list[i].section, profile) == 0)
			return true;
	}
	return false;
}

static int
check_profile(
    const struct aws_profiles *profiles, bool asked_for, struct err *err)
{
	char shown[SHOWN_MAX];

	if (!asked_for || aws_profiles_has(profiles, profiles->name))
		return 0;
	(void)err_set(err, ERR_USAGE,
	    "the AWS profile \"%s\" is in neither the credentials nor the "
	    "config file",
	    utf8_escape_to(bytes_of(profiles->name), shown, sizeof(shown)));
	err_hint(err, "see --s3-profile, AWS_PROFILE, and ~/.aws");
	return -1;
}

int
aws_profiles_load(const char *profile, inifile_lookup_fn *lookup, void *context,
    struct aws_profiles **out, struct err *err)
{
	struct aws_profiles *profiles = xcalloc(1, sizeof(*profiles));
	struct arena *arena = &profiles->arena;
	const char *chosen = profile;
	bool keys_given;
	bool config_given;
	const char *keys =
	    find_path(lookup, context, "AWS_SHARED_CREDENTIALS_FILE",
		".aws/credentials", arena, &keys_given);
	const char *config = find_path(lookup, context, "AWS_CONFIG_FILE",
	    ".aws/config", arena, &config_given);

	if (chosen == NULL)
		chosen = variable(lookup, context, "AWS_PROFILE");
	if (chosen == NULL)
		chosen = variable(lookup, context, "AWS_DEFAULT_PROFILE");
	profiles->is_named = profile != NULL;
	profiles->name = arena_text(arena, chosen == NULL ? "default" : chosen);
	if (read_file(profiles, keys, keys_given, true, err) != 0 ||
	    read_file(profiles, config, config_given, false, err) != 0 ||
	    check_profile(profiles, chosen != NULL, err) != 0) {
		aws_profiles_free(profiles);
		return -1;
	}
	*out = profiles;
	return 0;
}

int
aws_profiles_parse(const char *profile, struct bytes credentials,
    struct bytes config, struct aws_profiles **out, struct err *err)
{
	struct aws_profiles *profiles = xcalloc(1, sizeof(*profiles));

	profiles->is_named = profile != NULL;
	profiles->name =
	    arena_text(&profiles->arena, profile == NULL ? "default" : profile);
	if (read_text(profiles, credentials, true, "credentials", err) != 0 ||
	    read_text(profiles, config, false, "config", err) != 0 ||
	    check_profile(profiles, profile != NULL, err) != 0) {
		aws_profiles_free(profiles);
		return -1;
	}
	*out = profiles;
	return 0;
}

/* --------------------------------------------------------------- looking up */

const char *
aws_profiles_name(const struct aws_profiles *profiles)
{
	return profiles->name;
}

bool
aws_profiles_is_named(const struct aws_profiles *profiles)
{
	return profiles->is_named;
}

/* The last of a name wins, as in AWS' reader. */
static const char *
find(const struct aws_profiles *profiles, enum section_kind kind,
    bool is_credentials, const char *section, const char *name)
{
	for (size_t i = profiles->count; i > 0; i--) {
		const struct value *value = &profiles->list[i - 1];

		if (value->kind == kind &&
		    value->is_credentials == is_credentials &&
		    strcmp(value->section, section) == 0 &&
		    strcmp(value->name, name) == 0 && value->text[0] != '\0')
			return value->text;
	}
	return NULL;
}

const char *
aws_profiles_get(
    const struct aws_profiles *profiles, const char *profile, const char *name)
{
	const char *section = profile == NULL ? profiles->name : profile;
	const char *text = find(profiles, SECTION_PROFILE, true, section, name);

	return text != NULL
	    ? text
	    : find(profiles, SECTION_PROFILE, false, section, name);
}

const char *
aws_profiles_get_in(const struct aws_profiles *profiles, const char *profile,
    const char *name, bool is_credentials)
{
	return find(profiles, SECTION_PROFILE, is_credentials,
	    profile == NULL ? profiles->name : profile, name);
}

const char *
aws_profiles_service(
    const struct aws_profiles *profiles, const char *service, const char *name)
{
	const char *section = aws_profiles_get(profiles, NULL, "services");
	char full[SHOWN_MAX];

	if (section == NULL)
		return NULL;
	(void)snprintf(full, sizeof(full), "%s.%s", service, name);
	return find(profiles, SECTION_SERVICES, false, section, full);
}

void
aws_profiles_free(struct aws_profiles *profiles)
{
	if (profiles == NULL)
		return;
	for (size_t i = 0; i < profiles->count; i++) {
		char *text = profiles->list[i].text;

		secret_wipe(text, strlen(text));
	}
	free(profiles->list);
	arena_release(&profiles->values);
	arena_release(&profiles->arena);
	free(profiles);
}
