/*
 * frame.c - see frame.h.
 */
#include "formats/frame.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <zstd.h>

#include "common/xalloc.h"
#include "formats/limits.h"

/* Higher levels make this data larger (facts/archive-format.md 3). */
#define FRAME_LEVEL 1

/* Bits of the frame header descriptor, RFC 8878 section 3.1.1.1.1. */
#define DESCRIPTOR_DICTIONARY 0x03u
#define DESCRIPTOR_CHECKSUM 0x04u
#define DESCRIPTOR_UNUSED 0x18u
#define DESCRIPTOR_SINGLE 0x20u
#define DESCRIPTOR_AT 4
#define WINDOW_AT 5

struct frame_encoder {
	ZSTD_CCtx *zstd;
};

struct frame_decoder {
	ZSTD_DCtx *zstd;
};

static int
refuse(size_t code, struct err *err)
{
	return err_set(err, ERR_CORRUPT, "zstd: %s", ZSTD_getErrorName(code));
}

int
frame_encoder_new(struct frame_encoder **out, struct err *err)
{
	struct frame_encoder *encoder = xcalloc(1, sizeof(*encoder));
	size_t code = 0;

	encoder->zstd = ZSTD_createCCtx();
	if (encoder->zstd == NULL) {
		free(encoder);
		return err_set(err, ERR_IO, "zstd: no memory");
	}
	code = ZSTD_CCtx_setParameter(
	    encoder->zstd, ZSTD_c_compressionLevel, FRAME_LEVEL);
	if (!ZSTD_isError(code))
		code = ZSTD_CCtx_setParameter(
		    encoder->zstd, ZSTD_c_checksumFlag, 1);
	if (!ZSTD_isError(code))
		code = ZSTD_CCtx_setParameter(
		    encoder->zstd, ZSTD_c_contentSizeFlag, 1);
	if (ZSTD_isError(code)) {
		frame_encoder_free(encoder);
		return refuse(code, err);
	}
	*out = encoder;
	return 0;
}

void
frame_encoder_free(struct frame_encoder *encoder)
{
	if (encoder == NULL)
		return;
	(void)ZSTD_freeCCtx(encoder->zstd); /* cannot fail on a live one */
	free(encoder);
}

int
frame_encode(struct frame_encoder *encoder, struct bytes content,
    struct buf *out, struct err *err)
{
	size_t room;
	size_t code;
	char *at;

	if (content.size > LIMIT_FRAME_CONTENT)
		return err_set(err, ERR_UNSUPPORTED,
		    "a member of %zu bytes is over the limit of %zu",
		    content.size, LIMIT_FRAME_CONTENT);
	room = ZSTD_compressBound(content.size);
	at = buf_reserve(out, room);
	code =
	    ZSTD_compress2(encoder->zstd, at, room, content.data, content.size);
	if (ZSTD_isError(code))
		return refuse(code, err);
	out->size += code;
	return 0;
}

int
frame_decoder_new(struct frame_decoder **out, struct err *err)
{
	struct frame_decoder *decoder = xcalloc(1, sizeof(*decoder));

	decoder->zstd = ZSTD_createDCtx();
	if (decoder->zstd == NULL) {
		free(decoder);
		return err_set(err, ERR_IO, "zstd: no memory");
	}
	*out = decoder;
	return 0;
}

void
frame_decoder_free(struct frame_decoder *decoder)
{
	if (decoder == NULL)
		return;
	(void)ZSTD_freeDCtx(decoder->zstd); /* cannot fail on a live one */
	free(decoder);
}

/* The window in bytes from its descriptor, RFC 8878 section 3.1.1.1.2. */
static uint64_t
window_size(unsigned char descriptor)
{
	const uint64_t base = UINT64_C(1) << (10 + (descriptor >> 3));

	return base + base / 8 * (descriptor & 7U);
}

int
frame_content_size(struct bytes frame, size_t *out, struct err *err)
{
	unsigned long long size;
	unsigned int descriptor;
	uint64_t window;

	if (frame.size <= WINDOW_AT)
		return err_set(err, ERR_CORRUPT, "a frame is cut short");
	size = ZSTD_getFrameContentSize(frame.data, frame.size);
	if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
		return err_set(err, ERR_CORRUPT,
		    "not a zstd frame that tells its content size");
	descriptor = (unsigned char)frame.data[DESCRIPTOR_AT];
	if ((descriptor & DESCRIPTOR_CHECKSUM) == 0 ||
	    (descriptor & (DESCRIPTOR_UNUSED | DESCRIPTOR_DICTIONARY)) != 0)
		return err_set(err, ERR_CORRUPT,
		    "a frame without checksum, or with a dictionary");
	window = (descriptor & DESCRIPTOR_SINGLE) != 0
	    ? size
	    : window_size((unsigned char)frame.data[WINDOW_AT]);
	if (size > LIMIT_FRAME_CONTENT || window > LIMIT_FRAME_WINDOW)
		return err_set(err, ERR_CORRUPT,
		    "a frame of %llu bytes, window %llu, is over the limits "
		    "of %zu and %zu",
		    size, (unsigned long long)window, LIMIT_FRAME_CONTENT,
		    LIMIT_FRAME_WINDOW);
	*out = (size_t)size;
	return 0;
}

int
frame_decode(struct frame_decoder *decoder, struct bytes frame, struct buf *out,
    struct err *err)
{
	size_t size = 0;
	size_t code;
	char *at;

	buf_clear(out);
	if (frame_content_size(frame, &size, err) != 0)
		return -1;
	if (frame_measure(frame) != frame.size)
		return err_set(err, ERR_CORRUPT, "not exactly one zstd frame");
	at = buf_reserve(out, size);
	code = ZSTD_decompressDCtx(
	    decoder->zstd, at, size, frame.data, frame.size);
	if (ZSTD_isError(code))
		return refuse(code, err);
	if (code != size)
		return err_set(err, ERR_CORRUPT,
		    "a frame holds %zu bytes, not the %zu it tells", code,
		    size);
	out->size = size;
	return 0;
}

size_t
frame_measure(struct bytes data)
{
	size_t size;

	if (data.size == 0)
		return 0;
	size = ZSTD_findFrameCompressedSize(data.data, data.size);
	return ZSTD_isError(size) ? 0 : size;
}
