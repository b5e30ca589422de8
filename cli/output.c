/* Buffered, checked writing to stdout. */
#include "cli/output.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/encoding.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "common/xalloc.h"

#define BLOCK_SIZE ((size_t)64 * 1024)

void
output_init(struct output *output, int fd)
{
	memset(output, 0, sizeof(*output));
	output->fd = fd;
}

bool
output_is_ready(const struct output *output, int wait_ms)
{
	struct pollfd wanted = { .fd = output->fd, .events = POLLOUT };

	/* What cannot be asked is written to, and tells then. */
	return poll(&wanted, 1, wait_ms) != 0;
}

void
output_flush(struct output *output)
{
	size_t done = 0;

	while (done < output->pending.size && !output->gone &&
	    output->write_error == 0) {
		const ssize_t written = write(output->fd,
		    output->pending.data + done, output->pending.size - done);

		if (written >= 0)
			done += (size_t)written;
		else if (errno == EPIPE)
			output->gone = true;
		else if (errno != EINTR)
			output->write_error = errno;
	}
	buf_clear(&output->pending);
}

static void
flush_full(struct output *output)
{
	if (output->pending.size >= BLOCK_SIZE)
		output_flush(output);
}

void
output_text(struct output *output, const char *format, ...)
{
	va_list args;
	int size;
	char *text;

	va_start(args, format);
	size = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (size < 0)
		return;
	text = buf_reserve(&output->pending, (size_t)size + 1);
	va_start(args, format);
	(void)vsnprintf(text, (size_t)size + 1, format, args);
	va_end(args);
	output->pending.size += (size_t)size;
	flush_full(output);
}

void
output_bytes(struct output *output, struct bytes bytes)
{
	buf_add_bytes(&output->pending, bytes);
	flush_full(output);
}

const char *
output_plural(size_t count)
{
	return count == 1 ? "" : "s";
}

void
output_json(struct output *output, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT);

	if (text != NULL) {
		buf_add_text(&output->pending, text);
		buf_add_char(&output->pending, '\n');
	} else {
		output->write_error = EILSEQ;
	}
	free(text);
	json_decref(value);
	flush_full(output);
}

int
output_check(struct output *output, struct err *err)
{
	output_flush(output);
	if (output->write_error != 0)
		return err_set_errno(
		    err, output->write_error, "cannot write to stdout");
	return 0;
}

int
output_close(struct output *output, struct err *err)
{
	const int result = output_check(output, err);

	buf_release(&output->pending);
	return result;
}

void
json_set_name(json_t *object, const char *key, struct bytes name)
{
	if (utf8_valid(name) && memchr(name.data, '\0', name.size) == NULL) {
		json_object_set_new(
		    object, key, json_stringn(name.data, name.size));
	} else {
		struct buf encoded = { 0 };
		struct buf long_key = { 0 };

		base64_encode(&encoded, name);
		buf_add_format(&long_key, "%s_b64", key);
		json_object_set_new(object, buf_text(&long_key),
		    json_string(buf_text(&encoded)));
		buf_release(&encoded);
		buf_release(&long_key);
	}
}

json_t *
json_text(const char *text)
{
	json_t *value = json_string(text);
	struct buf escaped = { 0 };

	if (value != NULL)
		return value;
	utf8_escape(&escaped, bytes_of(text));
	value = json_string(buf_text(&escaped));
	buf_release(&escaped);
	return value;
}

void
json_set_time(json_t *object, const char *key, int64_t time_ms)
{
	char text[TIME_RFC3339_MAX];

	json_object_set_new(
	    object, key, json_string(time_format(time_ms, text)));
}
