/*
 * logcodec.h - the compression of record batches, which is on where
 * offsets.topic.compression.codec says so.
 *
 * Content is limited before memory is taken for it: to LOGCODEC_RATIO times
 * the compressed size (or LOGCODEC_FLOOR where that is more), and never more
 * than LOGCODEC_LIMIT.
 */
#ifndef FORMATS_LOGCODEC_H
#define FORMATS_LOGCODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

#define LOGCODEC_FLOOR ((size_t)16 << 20)
#define LOGCODEC_LIMIT ((size_t)256 << 20)
#define LOGCODEC_RATIO ((size_t)200)

/* Kafka's numbers, in the attributes of a batch. */
enum logcodec {
	LOGCODEC_NONE = 0,
	LOGCODEC_GZIP = 1,
	LOGCODEC_SNAPPY = 2,
	LOGCODEC_LZ4 = 3,
	LOGCODEC_ZSTD = 4,
};
#define LOGCODEC_COUNT 8 /* three bits */

/* "gzip"; "codec 5" of one that nobody has defined; static. */
const char *logcodec_name(unsigned int codec);

/* Replace out by the content of in.  Snappy and what nobody has defined are
 * ERR_UNSUPPORTED, anything else that fails ERR_CORRUPT; both name the codec.
 */
int logcodec_decode(unsigned int codec, struct bytes in, struct buf *out,
    struct err *err) MUST_CHECK;

#endif /* FORMATS_LOGCODEC_H */
