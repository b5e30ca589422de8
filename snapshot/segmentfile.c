/*
 * segmentfile.c - see segmentfile.h.
 */
#include "snapshot/segmentfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The least that is read at once. */
#define CHUNK_SIZE ((size_t)256 << 10)

static int
fail_open(int errnum, struct err *err)
{
	if (errnum == ENOENT)
		return err_set(err, ERR_NOT_FOUND, "it is no longer there");
	if (errnum == ELOOP)
		return err_set(err, ERR_IO, "it is not a regular file");
	(void)err_set_errno(err, errnum, "it cannot be opened");
	if (errnum == EACCES || errnum == EPERM) {
		err->kind = ERR_DENIED;
		err_hint(err,
		    "the files belong to the user that the broker "
		    "runs as: run as that one, or read a copy");
	}
	return -1;
}

int
segmentfile_open(struct segmentfile *reader, const struct segment_file *file,
    struct err *err)
{
	struct stat status;

	*reader = (struct segmentfile){ 0 };
	/* Not to wait for somebody to write into a pipe of that name. */
	reader->fd =
	    open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (reader->fd < 0)
		return fail_open(errno, err);
	if (fstat(reader->fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		segmentfile_close(reader);
		return err_set(err, ERR_IO, "it is not a regular file");
	}
	/* A broker may go on writing: what it adds is not looked at. */
	logbatch_scan_init(&reader->scan, file->size, file->base_offset);
	return 0;
}

/* Let the window begin where the scan is, with what that asked for. */
static int
refill(struct segmentfile *reader, struct err *err)
{
	struct buf *window = &reader->window;
	const struct logbatch_scan *scan = &reader->scan;
	const size_t gone = (size_t)(scan->position - reader->window_at);
	const uint64_t rest = scan->size - scan->position;
	uint64_t wanted = scan->need < CHUNK_SIZE ? CHUNK_SIZE : scan->need;

	if (wanted > rest)
		wanted = rest;
	if (gone < window->size)
		memmove(window->data, window->data + gone, window->size - gone);
	window->size = gone < window->size ? window->size - gone : 0;
	reader->window_at = scan->position;
	while (window->size < wanted) {
		const size_t size = (size_t)wanted - window->size;
		char *at = buf_reserve(window, size);
		const ssize_t got = pread(reader->fd, at, size,
		    (off_t)(reader->window_at + window->size));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set_errno(err, errno, "it cannot be read");
		if (got == 0) {
			reader->scan.size = reader->window_at + window->size;
			break;
		}
		window->size += (size_t)got;
	}
	return 0;
}

int
segmentfile_next(struct segmentfile *reader, enum logbatch_step *step,
    struct logbatch *out, struct err *err)
{
	for (;;) {
		size_t gone =
		    (size_t)(reader->scan.position - reader->window_at);

		if (gone > reader->window.size)
			gone = reader->window.size;
		const struct bytes window = { buf_text(&reader->window) + gone,
			reader->window.size - gone };

		*step = logbatch_scan_next(&reader->scan, window, out);
		if (*step != LOGBATCH_MORE)
			return 0;
		if (refill(reader, err) != 0)
			return -1;
	}
}

void
segmentfile_close(struct segmentfile *reader)
{
	if (reader->fd >= 0)
		(void)close(reader->fd); /* nothing was written */
	buf_release(&reader->window);
	reader->fd = -1;
}
