/*
 * options.h - every option of the program, in one table, and the values that
 * one invocation gave them.
 *
 * The table (option_table.c) drives parsing, the configuration file, the
 * environment, --help, the man page, the shell completions, and the test that
 * the README lists them all.  Long names are never abbreviated; an option that
 * is no list is given once.
 *
 * Where a value comes from, first wins: command line, TIDEMARK_* variable,
 * configuration file, default.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/compiler.h"
#include "common/err.h"
#include "common/inifile.h"

enum option_kind {
	OPTION_FLAG,     /* takes no argument */
	OPTION_TEXT,     /* any text */
	OPTION_LIST,     /* may be given again and again */
	OPTION_DURATION, /* 10m, PT10M; kept as milliseconds */
	OPTION_COUNT,    /* a whole number within min and max */
};

enum option_id {
	OPT_BOOTSTRAP,
	OPT_PROPERTY,
	OPT_COMMAND_CONFIG,
	OPT_CONFIG,
	OPT_REPO,
	OPT_S3_ENDPOINT,
	OPT_S3_REGION,
	OPT_S3_PROFILE,
	OPT_S3_ADDRESSING,
	OPT_S3_CA_FILE,
	OPT_S3_NO_SIGN,
	OPT_S3_ENCRYPTION,
	OPT_S3_KMS_KEY,
	OPT_S3_STORAGE_CLASS,
	OPT_S3_LOCK_MODE,
	OPT_S3_LOCK_TIME,
	OPT_S3_LEGAL_HOLD,
	OPT_S3_RETRY,
	OPT_S3_STALL,
	OPT_CLUSTER,
	OPT_GROUP,
	OPT_ALL_GROUPS,
	OPT_EXCLUDE_GROUP,
	OPT_TOPIC,
	OPT_EXCLUDE_TOPIC,
	OPT_MAP_GROUP,
	OPT_MAP_TOPIC,
	OPT_SCOPE,
	OPT_SOURCE,
	OPT_REASON,
	OPT_INDEX_POINTS,
	OPT_INDEX_STEP,
	OPT_AT,
	OPT_TO_DATETIME,
	OPT_BY_DURATION,
	OPT_TO_EARLIEST,
	OPT_TO_LATEST,
	OPT_TO_OFFSET,
	OPT_SHIFT_BY,
	OPT_TO_CURRENT,
	OPT_FROM_FILE,
	OPT_POLICY,
	OPT_ON_MISSING_TOPIC,
	OPT_ON_RECREATED,
	OPT_ON_BELOW_LOG_START,
	OPT_ON_ABOVE_LOG_END,
	OPT_ON_NEW_PARTITION,
	OPT_ON_MISSING_PARTITION,
	OPT_ON_SHARE_GROUP,
	OPT_ALLOW_SKIP,
	OPT_ALLOW_REWIND,
	OPT_MOVED_BACK,
	OPT_MAX_BRACKET,
	OPT_MAX_REREAD,
	OPT_MAX_SKIP,
	OPT_SUMMARY,
	OPT_RESTORES,
	OPT_CAPTURES,
	OPT_TIME,
	OPT_OFFSET,
	OPT_READ_DATA_SUBSET,
	OPT_SALVAGE,
	OPT_WITHIN,
	OPT_RETENTION,
	OPT_SINCE,
	OPT_HISTORY,
	OPT_SEGMENTS,
	OPT_PARTITIONS,
	OPT_EXECUTE,
	OPT_RECORD,
	OPT_FORCE_STALE,
	OPT_DRY_RUN,
	OPT_OUTPUT,
	OPT_WAIT,
	OPT_SETTLE,
	OPT_NO_PROOF,
	OPT_WINDOW_LENGTH,
	OPT_FLUSH,
	OPT_INTERVAL,
	OPT_MAX_REQUESTS,
	OPT_MEMORY_LIMIT,
	OPT_METRICS,
	OPT_METRICS_FILE,
	OPT_METRICS_LABEL,
	OPT_METRICS_GROUPS,
	OPT_PING_URL,
	OPT_TIMEOUT,
	OPT_WINDOW,
	OPT_SHOW,
	OPT_JSON,
	OPT_QUIET,
	OPT_VERBOSE,
	OPT_HELP,
	OPT_VERSION,
	OPTION_ID_COUNT,
};

/* The commands, as bits: which of them take an option. */
enum command_bit {
	CMD_INIT = 1u << 0,
	CMD_SNAPSHOT = 1u << 1,
	CMD_LIST = 1u << 2,
	CMD_SHOW = 1u << 3,
	CMD_VERIFY = 1u << 4,
	CMD_PLAN = 1u << 5,
	CMD_APPLY = 1u << 6,
	CMD_RESTORE = 1u << 7,
	CMD_HELP = 1u << 8,
	CMD_COMPLETION = 1u << 9,
	CMD_DIFF = 1u << 10,
	CMD_UNDO = 1u << 11,
	CMD_LOOKUP = 1u << 12,
	CMD_RESCUE_LIST = 1u << 13,
	CMD_RESCUE_SNAPSHOT = 1u << 14,
	CMD_RESCUE_FREEZE = 1u << 15,
	CMD_RESCUE_THAW = 1u << 16,
	CMD_EXPIRING = 1u << 17,
	CMD_TOUCH = 1u << 18,
	CMD_AGENT = 1u << 19,
	CMD_CONFIG = 1u << 20,
};
#define CMD_ALL 0xffffffffu
#define CMD_USES_REPO                                                        \
	(CMD_INIT | CMD_SNAPSHOT | CMD_LIST | CMD_SHOW | CMD_VERIFY |        \
	    CMD_PLAN | CMD_RESTORE | CMD_DIFF | CMD_LOOKUP | CMD_APPLY |     \
	    CMD_UNDO | CMD_RESCUE_LIST | CMD_RESCUE_SNAPSHOT |               \
	    CMD_RESCUE_FREEZE | CMD_RESCUE_THAW | CMD_EXPIRING | CMD_TOUCH | \
	    CMD_AGENT)

struct option {
	enum option_id id;
	const char *name; /* without the dashes */
	char letter;      /* 0: none */
	enum option_kind kind;
	const char *argument; /* what help calls its argument, NULL for flags */
	unsigned int commands; /* of enum command_bit */
	const char *section;   /* of the configuration file, NULL: not there */
	const char *variable;  /* environment, NULL: none */
	const char *fallback;  /* default as text, NULL: none */
	int64_t min, max;      /* of a count */
	const char *help;      /* one line, no full stop */
};

extern const struct option option_table[OPTION_ID_COUNT];

/* Where a value comes from; the greater wins. */
enum option_origin {
	ORIGIN_NONE,
	ORIGIN_DEFAULT,
	ORIGIN_FILE,
	ORIGIN_ENVIRONMENT,
	ORIGIN_COMMAND_LINE,
};

struct option_value {
	bool set;
	enum option_origin origin; /* also of a flag that the file denies */
	const char *text;          /* as it was given, but of flags and lists */
	int64_t number;            /* milliseconds, or a count */
	const char **list;         /* of lists */
	size_t list_count;
	size_t list_capacity;
};

struct options {
	struct arena arena;
	struct option_value values[OPTION_ID_COUNT];
	const char *command; /* one word or two; NULL: none was given */
	const char **arguments;
	size_t argument_count;
	size_t argument_capacity;
	bool secret_seen; /* a secret stood in the arguments; it was wiped */
};

/*
 * Parse argv.  A secret in it (-X sasl.password=..., --ping-url) is copied and
 * wiped from argv's memory at once, so that the process list does not show it
 * for longer than that.  Errors are ERR_USAGE with the nearest right option as
 * hint.
 */
int options_parse(
    int argc, char **argv, struct options *out, struct err *err) MUST_CHECK;

/* Refuse options that the command (by its bit) does not take.  config takes
 * all that a configuration can hold. */
int options_check(const struct options *options, unsigned int command,
    struct err *err) MUST_CHECK;

/* Give an option one value more, converted to what its kind says. */
int options_set(struct options *options, const struct option *option,
    const char *text, enum option_origin origin, struct err *err) MUST_CHECK;

/* Refuse a word that its option does not know, long before it is used: what
 * stands in a file or a variable.  ERR_USAGE. */
int option_check_value(
    const struct option *option, const char *text, struct err *err) MUST_CHECK;

/* Where values come from besides the command line. */
struct option_sources {
	inifile_lookup_fn *lookup;  /* of variables */
	void *context;              /* of lookup */
	const struct inifile *file; /* or NULL */
	const char *what;           /* names the file in errors */
};

/* Fill in what is not set yet, for the command (by its bit): variables, then
 * the file's sections, then defaults.  What the file may not hold is ERR_USAGE
 * with its line (config_keys.h). */
int options_complete(struct options *options, unsigned int command,
    const struct option_sources *sources, struct err *err) MUST_CHECK;

bool options_flag(const struct options *options, enum option_id id);
/* NULL when not set. */
const char *options_text(const struct options *options, enum option_id id);
/* Milliseconds or count; the option has a default or was checked to be set. */
int64_t options_number(const struct options *options, enum option_id id);
bool options_is_set(const struct options *options, enum option_id id);
/* Which of the words its text is, or ERR_USAGE that lists them. */
int options_choice(const struct options *options, enum option_id id,
    const char *const *words, size_t count, size_t *out,
    struct err *err) MUST_CHECK;
/* The same of any text, for the option of that name. */
int option_choose(const char *name, const char *text, const char *const *words,
    size_t count, size_t *out, struct err *err) MUST_CHECK;
const char **options_list(
    const struct options *options, enum option_id id, size_t *count);

void options_release(struct options *options);

#endif /* CLI_OPTIONS_H */
