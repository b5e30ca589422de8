/*
 * promtext.h - Prometheus' text format 0.0.4, written and read.
 *
 * Any bytes may be the value of a label: control characters, and what is not
 * UTF-8, are escaped as utf8_escape does it, then what the format needs.
 *
 * What is read is what is written here: comments, and samples of whole numbers
 * or numbers with three decimals, one space before the value, no timestamp.
 */
#ifndef COMMON_PROMTEXT_H
#define COMMON_PROMTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

enum promtext_type {
	PROMTEXT_GAUGE,
	PROMTEXT_COUNTER,
};

struct promtext_label {
	const char *name;
	struct bytes value;
	bool is_escaped; /* it was read: control characters are gone from it */
};

/* Which series of a family. */
struct promtext_series {
	const char *name;
	const struct promtext_label *labels;
	size_t label_count;
};

/* The lines HELP and TYPE, once before the samples of a family.  help is one
 * line without backslashes. */
void promtext_add_family(struct buf *out, const char *name,
    enum promtext_type type, const char *help);

/* A sample: a whole number, or milliseconds as seconds. */
void promtext_add_count(
    struct buf *out, const struct promtext_series *series, int64_t value);
void promtext_add_seconds(
    struct buf *out, const struct promtext_series *series, int64_t value_ms);

/* Can this be the name of a label?  Those that begin with "__" cannot. */
bool promtext_is_label(struct bytes name);

#define PROMTEXT_LABELS_MAX 32

/* All of it is valid during the visit alone. */
struct promtext_sample {
	struct bytes name;
	struct {
		struct bytes name;
		struct bytes value; /* without the format's own escapes */
	} labels[PROMTEXT_LABELS_MAX];
	size_t label_count;
	struct bytes value;
};

typedef int promtext_visit_fn(
    const struct promtext_sample *sample, void *context, struct err *err);

/* Visit every sample; ERR_CORRUPT, with its number, for a line that would not
 * be written here.  A failure of the visitor ends it and is its result. */
int promtext_read(struct bytes text, promtext_visit_fn *visit, void *context,
    struct err *err) MUST_CHECK;

/*
 * Add the lines, heads included, of the families whose names begin with prefix,
 * or of all others, as they are: of a text that promtext_read took.
 */
void promtext_keep(
    struct bytes text, const char *prefix, bool others, struct buf *out);

/* The value of a label; no data: the sample has none of that name. */
struct bytes promtext_label_of(
    const struct promtext_sample *sample, const char *name);

/* The value of a sample.  Seconds are given as milliseconds. */
bool promtext_count_of(
    const struct promtext_sample *sample, int64_t *out) MUST_CHECK;
bool promtext_seconds_of(
    const struct promtext_sample *sample, int64_t *out_ms) MUST_CHECK;

#endif /* COMMON_PROMTEXT_H */
