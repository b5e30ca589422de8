/*
 * output.h - stdout, which carries results and nothing else.
 *
 * Text is gathered and written in blocks.  A reader that went away (a closed
 * pipe) ends output quietly: the rest is dropped, the work goes on and its exit
 * status stays true.  Any other failure, such as a full disk, is remembered and
 * reported by output_check and output_close.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

struct output {
	int fd;
	struct buf pending;
	bool gone;       /* the reader closed the pipe */
	int write_error; /* errno of a failed write, 0: none */
};

void output_init(struct output *output, int fd);
void output_text(struct output *output, const char *format, ...)
    PRINTF_LIKE(2, 3);
void output_bytes(struct output *output, struct bytes bytes);

/* "s" behind a number of things, but for one. */
const char *output_plural(size_t count);

/* One JSON value on one line.  Takes the reference. */
void output_json(struct output *output, json_t *value);

/* Would a line that is written not wait for a reader, at the latest so long
 * from now?  True also where writing it fails. */
bool output_is_ready(const struct output *output, int wait_ms);

/* Write what is pending now. */
void output_flush(struct output *output);

/* The same; ERR_IO if anything could not be written so far. */
int output_check(struct output *output, struct err *err) MUST_CHECK;

/* Check and release. */
int output_close(struct output *output, struct err *err) MUST_CHECK;

/* A JSON string of any bytes under key, or under key_b64 as base64 where the
 * bytes are not UTF-8 or hold a NUL (as the archive does). */
void json_set_name(json_t *object, const char *key, struct bytes name);

/* A text for people, never NULL: bytes that are not UTF-8 are escaped. */
json_t *json_text(const char *text);

/* A time as RFC 3339 under key. */
void json_set_time(json_t *object, const char *key, int64_t time_ms);

#endif /* CLI_OUTPUT_H */
