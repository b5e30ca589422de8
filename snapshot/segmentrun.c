/*
 * segmentrun.c - see segmentrun.h.
 */
#include "snapshot/segmentrun.h"

#include "common/bytes.h"
#include "common/utf8.h"

/* How often progress is told. */
#define PROGRESS_SIZE ((uint64_t)1 << 20)

/* A path in a message. */
#define PATH_TEXT_MAX 512

int
segmentrun_advance(struct segmentrun *run, uint64_t size, struct err *err)
{
	const struct segment_sink *sink = run->sink;

	run->done += size;
	if (sink->progress != NULL &&
	    (run->done - run->told >= PROGRESS_SIZE ||
		run->done == run->total)) {
		run->told = run->done;
		sink->progress(sink->context, run->done, run->total);
	}
	if (env_interrupted(sink->env))
		return err_set(err, ERR_INTERRUPTED, "interrupted");
	return 0;
}

int
segmentrun_lose(struct segmentrun *run, struct segment_file *file,
    uint64_t position, const struct err *cause, struct err *err)
{
	const struct segment_place place = {
		.path = file->path,
		.partition = file->partition,
		.reason = cause->message,
		.position = position,
		.size = file->size - position,
	};
	char shown[PATH_TEXT_MAX];

	if (cause->kind == ERR_DENIED) {
		*err = *cause;
		return err_wrap(err, "%s",
		    utf8_escape_to(bytes_of(file->path), shown, sizeof(shown)));
	}
	segmentreport_add(run->report, &place);
	file->size = position;
	return 0;
}
