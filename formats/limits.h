/*
 * limits.h - how large the parts of an archive may be.  Writers stay within
 * these and readers refuse what is beyond them before they take memory for it.
 * FORMAT.md lists them.
 */
#ifndef FORMATS_LIMITS_H
#define FORMATS_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/* One line of a *.jsonl member, its newline included. */
#define LIMIT_LINE ((size_t)256 << 10)
/* What a writer puts into one member of many before it begins the next. */
#define LIMIT_MEMBER ((size_t)256 << 10)
/* MANIFEST.json, which is parsed in one piece. */
#define LIMIT_MANIFEST ((size_t)1 << 20)

/* Raw bytes of a frame (SHA256SUMS and INDEX.jsonl are the large ones), its
 * zstd window, and how many frames there are. */
#define LIMIT_FRAME_CONTENT ((size_t)8 << 20)
#define LIMIT_FRAME_WINDOW ((size_t)1 << 20)
#define LIMIT_FRAMES ((size_t)32768)

/* Raw bytes of all members: LIMIT_RATIO times the size of the archive, or
 * LIMIT_RAW_FLOOR where that is more, and never more than LIMIT_RAW.  Of those
 * that become a model in memory, so all but offsets/: as often, or
 * LIMIT_MODEL_FLOOR. */
#define LIMIT_RAW ((uint64_t)16 << 30)
#define LIMIT_RAW_FLOOR ((uint64_t)128 << 20)
#define LIMIT_RATIO ((size_t)200)
#define LIMIT_MODEL_FLOOR ((size_t)64 << 20)

/* Captures of one window. */
#define LIMIT_CAPTURES 8640
/* Log ends that are read of a window at once: captures times partitions. */
#define LIMIT_SERIES ((size_t)16 << 20)

/* Nesting of arrays and objects in JSON. */
#define LIMIT_DEPTH 8

/* Kafka's strings have a 16-bit length. */
#define LIMIT_NAME ((size_t)32767)
#define LIMIT_METADATA ((size_t)32767)
/* Texts for people: of a hole, and the reason of a snapshot. */
#define LIMIT_TEXT ((size_t)4096)

#endif /* FORMATS_LIMITS_H */
