/*
 * csvread.h - the CSV of kafka-consumer-groups --export and --from-file, read:
 * topic,partition,offset, or the same with the group before it.
 *
 * As Kafka's own reader: no header, fields in double quotes where that is
 * needed, CRLF taken, empty lines at the end passed over.  Stricter: a row that
 * contradicts another is refused, where Kafka takes the last one.
 */
#ifndef FORMATS_CSVREAD_H
#define FORMATS_CSVREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

/* Larger files are refused before they are read. */
#define CSVREAD_SIZE_MAX ((size_t)1 << 30)

struct csvread_row {
	struct bytes group; /* NULL data: the file has three columns */
	struct bytes topic;
	int32_t partition;
	int64_t offset; /* not negative */
	size_t line;    /* from 1 */
};

struct csvread {
	struct arena arena;
	struct csvread_row *rows; /* by group, topic, partition; each once */
	size_t count, capacity;
	bool has_groups; /* four columns */
};

/* ERR_USAGE with the line.  out is all zeroes; release it in any case. */
int csvread_parse(
    struct bytes text, struct csvread *out, struct err *err) MUST_CHECK;

void csvread_release(struct csvread *csv);

#endif /* FORMATS_CSVREAD_H */
