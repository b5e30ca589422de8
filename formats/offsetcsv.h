/*
 * offsetcsv.h - offsets/NNNNN.csv: group,topic,partition,offset in the bytes
 * that `kafka-consumer-groups --export` writes and `--from-file` takes.
 *
 * Its reader splits the file at each newline and drops leading empty fields,
 * so some names cannot stand there; model_count counts their positions.
 */
#ifndef FORMATS_OFFSETCSV_H
#define FORMATS_OFFSETCSV_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "formats/model.h"

/* False for an empty name, one with NUL or a newline, and one not UTF-8. */
bool offsetcsv_takes_name(struct bytes name);

/* Add a name as a field, in quotes where Kafka's own writer uses them. */
void offsetcsv_add_name(struct buf *out, struct bytes name);

/*
 * Add rows for the positions of topic from *next on until out holds
 * size_limit bytes or all are there; *next tells how far it came.  Negative
 * offsets are left out.
 */
void offsetcsv_add_rows(struct bytes group, const struct group_topic *topic,
    size_t *next, size_t size_limit, struct buf *out);

#endif /* FORMATS_OFFSETCSV_H */
