/*
 * credparse.c - keys out of the documents that hold them.  Messages never quote
 * a document.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "common/timetext.h"
#include "common/xalloc.h"
#include "storage/credparts.h"
#include "storage/xmlwalk.h"

void
keys_release(struct keys *keys)
{
	secret_free(keys->access_key);
	secret_free(keys->secret_key);
	secret_free(keys->session_token);
	*keys = (struct keys){ 0 };
}

bool
cred_is_printable(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < '!' || *text > '~')
			return false;
	}
	return true;
}

static int
finish(struct keys *keys, const char *expiration, struct err *err)
{
	struct err why = { 0 };

	keys->expires_ms = INT64_MAX;
	if (keys->access_key == NULL || keys->secret_key == NULL ||
	    keys->access_key[0] == '\0' || keys->secret_key[0] == '\0')
		(void)err_set(err, ERR_DENIED,
		    "the answer lacks the access key or the secret key");
	else if (!cred_is_printable(keys->access_key) ||
	    !cred_is_printable(keys->secret_key) ||
	    (keys->session_token != NULL &&
		!cred_is_printable(keys->session_token)))
		(void)err_set(err, ERR_DENIED,
		    "a key in the answer has blanks or other characters that "
		    "no key has");
	else if (expiration != NULL &&
	    time_parse(expiration, 0, &keys->expires_ms, &why) != 0)
		(void)err_set(
		    err, ERR_DENIED, "the expiration in the answer is no time");
	else
		return 0;
	keys_release(keys);
	return -1;
}

/* NULL if it is missing, null, or no text. */
static const char *
text_of(const json_t *root, const char *name)
{
	return json_string_value(json_object_get(root, name));
}

static char *
copy_of(const json_t *root, const char *name)
{
	const char *text = text_of(root, name);

	return text == NULL || text[0] == '\0' ? NULL : xstrdup(text);
}

static int
check_form(const json_t *root, enum cred_form form, struct err *err)
{
	const char *code = text_of(root, "Code");

	if (form == CRED_OF_PROCESS &&
	    json_integer_value(json_object_get(root, "Version")) != 1)
		return err_set(
		    err, ERR_DENIED, "the answer's Version is not 1");
	if (form == CRED_OF_SERVICE && code != NULL &&
	    strcmp(code, "Success") != 0)
		return err_set(
		    err, ERR_DENIED, "the answer's Code is not Success");
	return 0;
}

int
cred_parse_json(
    struct bytes text, enum cred_form form, struct keys *out, struct err *err)
{
	json_t *root =
	    json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
	int result = -1;

	*out = (struct keys){ 0 };
	if (!json_is_object(root)) {
		(void)err_set(err, ERR_DENIED, "the answer is no JSON object");
	} else if (check_form(root, form, err) == 0) {
		out->access_key = copy_of(root, "AccessKeyId");
		out->secret_key = copy_of(root, "SecretAccessKey");
		out->session_token = copy_of(
		    root, form == CRED_OF_PROCESS ? "SessionToken" : "Token");
		result = finish(out, text_of(root, "Expiration"), err);
	}
	json_decref(root);
	return result;
}

struct sts_reading {
	struct keys *keys;
	char expiration[TIME_RFC3339_MAX];
};

static bool
ends_with(const char *text, const char *end)
{
	const size_t size = strlen(text);
	const size_t wanted = strlen(end);

	return size >= wanted && strcmp(text + size - wanted, end) == 0;
}

/* Matches xmlwalk_fn. */
static const char *
take_sts(const char *path, const char *text, void *context)
{
	struct sts_reading *reading = context;
	struct keys *keys = reading->keys;
	char **field = NULL;

	if (ends_with(path, "Result/Credentials/AccessKeyId"))
		field = &keys->access_key;
	else if (ends_with(path, "Result/Credentials/SecretAccessKey"))
		field = &keys->secret_key;
	else if (ends_with(path, "Result/Credentials/SessionToken"))
		field = &keys->session_token;
	else if (ends_with(path, "Result/Credentials/Expiration"))
		(void)snprintf(reading->expiration, sizeof(reading->expiration),
		    "%s", text);
	if (field != NULL) {
		secret_free(*field);
		*field = xstrdup(text);
	}
	return NULL;
}

int
cred_parse_sts(
    struct bytes text, const char *root, struct keys *out, struct err *err)
{
	struct sts_reading reading = { .keys = out };
	const char *why;

	*out = (struct keys){ 0 };
	why = xmlwalk(text, root, take_sts, &reading);
	if (why != NULL) {
		keys_release(out);
		return err_set(
		    err, ERR_DENIED, "the answer cannot be read: %s", why);
	}
	return finish(out, reading.expiration, err);
}
