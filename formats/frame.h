/*
 * frame.h - one zstd frame of an archive: independent, with checksum and
 * content size, a window of at most LIMIT_FRAME_WINDOW, no dictionary.
 */
#ifndef FORMATS_FRAME_H
#define FORMATS_FRAME_H

#include <stddef.h>

#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

#define FRAME_MAGIC 0xFD2FB528u
#define FRAME_MAGIC_SIZE 4

struct frame_encoder;
struct frame_decoder;

int frame_encoder_new(struct frame_encoder **out, struct err *err) MUST_CHECK;
void frame_encoder_free(struct frame_encoder *encoder);

/* Append content as one frame to out. */
int frame_encode(struct frame_encoder *encoder, struct bytes content,
    struct buf *out, struct err *err) MUST_CHECK;

int frame_decoder_new(struct frame_decoder **out, struct err *err) MUST_CHECK;
void frame_decoder_free(struct frame_decoder *decoder);

/* The size of a frame's content as its header tells; ERR_CORRUPT if frame does
 * not begin with a header as described above, or the size is over the limit. */
int frame_content_size(
    struct bytes frame, size_t *out, struct err *err) MUST_CHECK;

/* Replace out by the content of frame, which must be exactly one frame. */
int frame_decode(struct frame_decoder *decoder, struct bytes frame,
    struct buf *out, struct err *err) MUST_CHECK;

/* How many of the bytes at data the frame there takes, by its block headers
 * alone; 0 if no whole frame stands there. */
size_t frame_measure(struct bytes data);

#endif /* FORMATS_FRAME_H */
