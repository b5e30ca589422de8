/*
 * awsprofile.h - the files that AWS' tools share: credentials and config, with
 * their profiles.  Where: AWS_SHARED_CREDENTIALS_FILE, else
 * ~/.aws/credentials; AWS_CONFIG_FILE, else ~/.aws/config.
 *
 * Sections are [name] in the first and [default], [profile name],
 * [services name] in the second; other kinds are ignored.  Names of keys are
 * in any case; a value goes to the end of the line.  A comment is a line that
 * begins with '#' or ';', or what follows a value of one word, a blank and one
 * of these.  Lines that begin with a blank belong to the key before them (s3 =,
 * endpoint_url in a service).  Limits: a file over 1 MiB and a line over 4,096
 * bytes are ERR_USAGE that names file and line, never its text.
 */
#ifndef STORAGE_AWSPROFILE_H
#define STORAGE_AWSPROFILE_H

#include <stdbool.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "common/inifile.h"

struct aws_profiles;

/*
 * Read both files; a missing one is empty, unless a variable names it.  profile
 * is the one asked for (an option), or NULL: AWS_PROFILE, AWS_DEFAULT_PROFILE,
 * "default".  A profile that was asked for by name and is in neither file is
 * ERR_USAGE.  lookup is the environment.
 */
int aws_profiles_load(const char *profile, inifile_lookup_fn *lookup,
    void *context, struct aws_profiles **out, struct err *err) MUST_CHECK;

/* The same from texts, for tests and the fuzzer. */
int aws_profiles_parse(const char *profile, struct bytes credentials,
    struct bytes config, struct aws_profiles **out, struct err *err) MUST_CHECK;

/* The name of the profile in force, and whether it was asked for by name. */
const char *aws_profiles_name(const struct aws_profiles *profiles);
bool aws_profiles_is_named(const struct aws_profiles *profiles);

bool aws_profiles_has(const struct aws_profiles *profiles, const char *profile);

/*
 * A value of a profile (NULL: the one in force), NULL if it is not set.  What
 * the credentials file says wins.  A nested value has its parent's name before
 * a dot: "s3.addressing_style".
 */
const char *aws_profiles_get(
    const struct aws_profiles *profiles, const char *profile, const char *name);

/* The same, only from the credentials file or only from the config file. */
const char *aws_profiles_get_in(const struct aws_profiles *profiles,
    const char *profile, const char *name, bool is_credentials);

/* A value of a service in the section that the profile in force names with
 * services = ...: ("s3", "endpoint_url"). */
const char *aws_profiles_service(
    const struct aws_profiles *profiles, const char *service, const char *name);

/* Wipes what it held. */
void aws_profiles_free(struct aws_profiles *profiles);

#endif /* STORAGE_AWSPROFILE_H */
