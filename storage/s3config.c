/*
 * s3config.c - what decides about server and region: an option, then the
 * environment, then the profile, then S3's own defaults.
 */
#include <string.h>
#include <strings.h>

#include "storage/awsprofile.h"
#include "storage/s3.h"
#include "storage/s3parts.h"

#define REGION_DEFAULT "us-east-1"
#define REGION_MAX 63

static const char *
variable(const struct s3 *s3, const char *name)
{
	const struct s3_settings *settings = s3->settings;
	const char *text = settings->lookup(settings->lookup_context, name);

	return text != NULL && text[0] != '\0' ? text : NULL;
}

static bool
is_true(const char *text)
{
	return text != NULL && strcasecmp(text, "true") == 0;
}

/* The first that is set. */
static const char *
first_of(const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (texts[i] != NULL && texts[i][0] != '\0')
			return texts[i];
	}
	return NULL;
}

static bool
is_region(const char *text)
{
	return strlen(text) <= REGION_MAX &&
	    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
	    strlen(text);
}

static int
choose_region(struct s3 *s3, struct err *err)
{
	const char *const sources[] = { s3->settings->region,
		variable(s3, "AWS_REGION"), variable(s3, "AWS_DEFAULT_REGION"),
		aws_profiles_get(s3->profiles, NULL, "region"),
		REGION_DEFAULT };
	const char *region =
	    first_of(sources, sizeof(sources) / sizeof(*sources));

	if (!is_region(region)) {
		(void)err_set(err, ERR_USAGE,
		    "the S3 region is no name of a region (such as "
		    "eu-central-1)");
		err_hint(err, "see --s3-region, AWS_REGION, and the profile");
		return -1;
	}
	s3->region = region;
	return 0;
}

static int
choose_endpoint(struct s3 *s3, struct err *err)
{
	const struct aws_profiles *profiles = s3->profiles;
	const char *fips = variable(s3, "AWS_USE_FIPS_ENDPOINT");
	const char *dual = variable(s3, "AWS_USE_DUALSTACK_ENDPOINT");
	const char *const sources[] = { variable(s3, "AWS_ENDPOINT_URL_S3"),
		variable(s3, "AWS_ENDPOINT_URL"),
		aws_profiles_service(profiles, "s3", "endpoint_url"),
		aws_profiles_get(profiles, NULL, "endpoint_url") };
	const char *given = s3->settings->endpoint;

	if (given == NULL &&
	    !is_true(variable(s3, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) &&
	    !is_true(aws_profiles_get(
		profiles, NULL, "ignore_configured_endpoint_urls")))
		given = first_of(sources, sizeof(sources) / sizeof(*sources));
	if (given != NULL)
		return s3url_endpoint(given, &s3->arena, &s3->endpoint, err);
	if (fips == NULL)
		fips = aws_profiles_get(profiles, NULL, "use_fips_endpoint");
	if (dual == NULL)
		dual =
		    aws_profiles_get(profiles, NULL, "use_dualstack_endpoint");
	s3->by_region = true;
	s3->fips = is_true(fips);
	s3->dual_stack = is_true(dual);
	s3url_aws(
	    s3->region, s3->fips, s3->dual_stack, &s3->arena, &s3->endpoint);
	return 0;
}

int
s3_move(struct s3 *s3, const char *region)
{
	if (!is_region(region))
		return -1;
	s3->region = arena_text(&s3->arena, region);
	if (s3->by_region)
		s3url_aws(s3->region, s3->fips, s3->dual_stack, &s3->arena,
		    &s3->endpoint);
	return 0;
}

static enum s3_addressing
choose_addressing(const struct s3 *s3)
{
	const char *style =
	    aws_profiles_get(s3->profiles, NULL, "s3.addressing_style");

	if (s3->settings->addressing != S3_ADDRESS_AUTO || style == NULL)
		return s3->settings->addressing;
	if (strcmp(style, "path") == 0)
		return S3_ADDRESS_PATH;
	return strcmp(style, "virtual") == 0 ? S3_ADDRESS_VIRTUAL
					     : S3_ADDRESS_AUTO;
}

static int
fail_option(const char *option, const char *what, struct err *err)
{
	return err_set(err, ERR_USAGE, "--%s %s", option, what);
}

/* Of what becomes a header: printable, without blanks. */
static bool
is_word(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text <= ' ' || *text > '~')
			return false;
	}
	return true;
}

static int
check_encryption(const struct s3_settings *settings, struct err *err)
{
	const char *kind = settings->encryption;

	if (kind != NULL && strcmp(kind, "AES256") != 0 &&
	    strcmp(kind, "aws:kms") != 0 && strcmp(kind, "aws:kms:dsse") != 0)
		return fail_option("s3-encryption",
		    "takes AES256, aws:kms or aws:kms:dsse", err);
	if (settings->kms_key != NULL &&
	    (kind == NULL || strncmp(kind, "aws:kms", 7) != 0))
		return fail_option("s3-kms-key",
		    "needs --s3-encryption aws:kms or aws:kms:dsse", err);
	if (settings->kms_key != NULL && !is_word(settings->kms_key))
		return fail_option("s3-kms-key", "is no key id", err);
	return 0;
}

static int
check_lock(const struct s3_settings *settings, struct err *err)
{
	const char *mode = settings->lock_mode;

	if (mode != NULL && strcmp(mode, "GOVERNANCE") != 0 &&
	    strcmp(mode, "COMPLIANCE") != 0)
		return fail_option(
		    "s3-lock-mode", "takes GOVERNANCE or COMPLIANCE", err);
	if (mode != NULL && settings->lock_ms <= 0)
		return fail_option(
		    "s3-lock-mode", "needs --s3-lock-time, such as 30d", err);
	if (mode == NULL && settings->lock_ms != 0)
		return fail_option("s3-lock-time", "needs --s3-lock-mode", err);
	return 0;
}

int
s3_configure(struct s3 *s3, struct err *err)
{
	const struct s3_settings *settings = s3->settings;

	if (check_encryption(settings, err) != 0 ||
	    check_lock(settings, err) != 0)
		return -1;
	if (settings->storage_class != NULL &&
	    !is_word(settings->storage_class))
		return fail_option(
		    "s3-storage-class", "is no storage class", err);
	if (aws_profiles_load(settings->profile, settings->lookup,
		settings->lookup_context, &s3->profiles, err) != 0 ||
	    choose_region(s3, err) != 0 || choose_endpoint(s3, err) != 0)
		return -1;
	s3->is_virtual = s3url_is_virtual(
	    choose_addressing(s3), &s3->endpoint, s3->place.bucket);
	return 0;
}
