/*
 * tarmember.h - one member of a tar stream: a ustar header, the content, zeros
 * up to a multiple of 512 bytes.  Written by libarchive.  Read by a strict
 * parser of the one kind of header that it writes for our names, because a
 * general reader would take links, sparse files and extensions that no archive
 * has.
 */
#ifndef FORMATS_TARMEMBER_H
#define FORMATS_TARMEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

/* A member's name with its NUL; names are ASCII letters, digits, '.', '_',
 * '-', and '/' between them. */
#define TARMEMBER_NAME_MAX 100

struct tarmember_writer;

/* What is written goes to raw, which must outlive the writer; every member
 * gets the time of mtime_ms, in seconds. */
int tarmember_writer_new(int64_t mtime_ms, struct buf *raw,
    struct tarmember_writer **out, struct err *err) MUST_CHECK;

/* Append a member to raw. */
int tarmember_add(struct tarmember_writer *writer, const char *name,
    struct bytes content, struct err *err) MUST_CHECK;

/* Append the end of a tar stream: two blocks of zeros. */
int tarmember_finish(
    struct tarmember_writer *writer, struct err *err) MUST_CHECK;

void tarmember_writer_free(struct tarmember_writer *writer);

/*
 * Take raw, which must be exactly one member, and behind it the end of the
 * stream if last.  content points into raw.
 */
int tarmember_parse(struct bytes raw, bool last, char name[TARMEMBER_NAME_MAX],
    struct bytes *content, struct err *err) MUST_CHECK;

#endif /* FORMATS_TARMEMBER_H */
