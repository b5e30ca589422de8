#include "common/log.h"

#include <stdarg.h>
#include <stddef.h>

#include "common/buf.h"

/* Format one line and hand it to the sink, if anybody listens. */
static void PRINTF_LIKE(3, 0) say(const struct log *log, enum log_level level,
    const char *format, va_list args)
{
	struct buf line = { 0 };

	if (log == NULL || level > log->level || log->sink == NULL) {
		return;
	}
	buf_add_vformat(&line, format, args);
	log->sink(log->context, level, buf_text(&line));
	buf_release(&line);
}

void
log_error(const struct log *log, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(log, LOG_ERROR, format, args);
	va_end(args);
}

void
log_warn(const struct log *log, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(log, LOG_WARN, format, args);
	va_end(args);
}

void
log_info(const struct log *log, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(log, LOG_INFO, format, args);
	va_end(args);
}

void
log_debug(const struct log *log, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(log, LOG_DEBUG, format, args);
	va_end(args);
}
