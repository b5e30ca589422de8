/*
 * logcodec.c - see logcodec.h.
 */
#define ZLIB_CONST

#include "formats/logcodec.h"

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

/* How much is decoded at once. */
#define CHUNK_SIZE ((size_t)64 << 10)

/* zlib's largest window, and that a gzip header is expected. */
#define GZIP_WINDOW_BITS (15 + 16)

/* A content that grows up to its limit. */
struct sink {
	struct buf *out;
	size_t limit;
};

const char *
logcodec_name(unsigned int codec)
{
	static const char *const names[LOGCODEC_COUNT] = { "none", "gzip",
		"snappy", "lz4", "zstd", "codec 5", "codec 6", "codec 7" };

	return codec < LOGCODEC_COUNT ? names[codec] : "unknown codec";
}

/* Room for one more chunk, or NULL and the error. */
static char *
sink_room(struct sink *sink, struct err *err)
{
	if (sink->out->size > sink->limit) {
		(void)err_set(err, ERR_CORRUPT,
		    "it would become larger than %zu bytes", sink->limit);
		return NULL;
	}
	return buf_reserve(sink->out, CHUNK_SIZE);
}

static int
refuse(const char *why, struct err *err)
{
	return err_set(err, ERR_CORRUPT, "%s", why);
}

static int
decode_gzip(struct bytes in, struct sink *sink, struct err *err)
{
	z_stream stream = { 0 };
	int code = Z_OK;
	int result = 0;

	stream.next_in = (const Bytef *)in.data;
	stream.avail_in = (uInt)in.size; /* a batch has less than 4 GiB */
	if (inflateInit2(&stream, GZIP_WINDOW_BITS) != Z_OK)
		return refuse("zlib does not start", err);
	while (result == 0 && code == Z_OK) {
		char *at = sink_room(sink, err);

		if (at == NULL) {
			result = -1;
			break;
		}
		stream.next_out = (Bytef *)at;
		stream.avail_out = (uInt)CHUNK_SIZE;
		code = inflate(&stream, Z_NO_FLUSH);
		sink->out->size += CHUNK_SIZE - stream.avail_out;
		if (code == Z_BUF_ERROR)
			result = refuse("it is cut short", err);
		else if (code != Z_OK && code != Z_STREAM_END)
			result = refuse(zError(code), err);
	}
	(void)inflateEnd(&stream); /* cannot fail on a live one */
	return result;
}

static int
decode_lz4(struct bytes in, struct sink *sink, struct err *err)
{
	LZ4F_dctx *context = NULL;
	size_t code = LZ4F_createDecompressionContext(&context, LZ4F_VERSION);
	int result = LZ4F_isError(code) ? refuse("lz4 does not start", err) : 0;
	bool is_whole = false;

	while (result == 0 && !is_whole) {
		char *at = sink_room(sink, err);
		size_t made = CHUNK_SIZE;
		size_t used = in.size;

		if (at == NULL) {
			result = -1;
			break;
		}
		code =
		    LZ4F_decompress(context, at, &made, in.data, &used, NULL);
		is_whole = code == 0;
		if (LZ4F_isError(code))
			result = refuse(LZ4F_getErrorName(code), err);
		else if (!is_whole && used == 0 && made == 0)
			result = refuse("it is cut short", err);
		else
			sink->out->size += made;
		in.data += used;
		in.size -= used;
	}
	(void)LZ4F_freeDecompressionContext(context); /* tells only a stage */
	return result;
}

static int
decode_zstd(struct bytes in, struct sink *sink, struct err *err)
{
	ZSTD_DCtx *context = ZSTD_createDCtx();
	ZSTD_inBuffer source = { in.data, in.size, 0 };
	int result = context == NULL ? refuse("zstd does not start", err) : 0;
	bool is_whole = false;

	while (result == 0 && !is_whole) {
		ZSTD_outBuffer target = { sink_room(sink, err), CHUNK_SIZE, 0 };
		const size_t before = source.pos;
		size_t code;

		if (target.dst == NULL) {
			result = -1;
			break;
		}
		code = ZSTD_decompressStream(context, &target, &source);
		is_whole = code == 0;
		if (ZSTD_isError(code))
			result = refuse(ZSTD_getErrorName(code), err);
		else if (!is_whole && source.pos == before && target.pos == 0)
			result = refuse("it is cut short", err);
		else
			sink->out->size += target.pos;
	}
	(void)ZSTD_freeDCtx(context); /* cannot fail on a live one */
	return result;
}

static size_t
content_limit(size_t size)
{
	const size_t by_ratio = size > LOGCODEC_LIMIT / LOGCODEC_RATIO
	    ? LOGCODEC_LIMIT
	    : size * LOGCODEC_RATIO;

	return by_ratio < LOGCODEC_FLOOR ? LOGCODEC_FLOOR : by_ratio;
}

int
logcodec_decode(
    unsigned int codec, struct bytes in, struct buf *out, struct err *err)
{
	struct sink sink = { out, content_limit(in.size) };
	int result;

	buf_clear(out);
	switch (codec) {
	case LOGCODEC_NONE:
		buf_add_bytes(out, in);
		return 0;
	case LOGCODEC_GZIP:
		result = decode_gzip(in, &sink, err);
		break;
	case LOGCODEC_LZ4:
		result = decode_lz4(in, &sink, err);
		break;
	case LOGCODEC_ZSTD:
		result = decode_zstd(in, &sink, err);
		break;
	default:
		return err_set(err, ERR_UNSUPPORTED,
		    "compressed by %s, which is not supported",
		    logcodec_name(codec));
	}
	return result != 0 ? err_wrap(err, "%s", logcodec_name(codec)) : 0;
}
