/*
 * log.h - talk to the operator while work goes on.  The sink is given by the
 * caller (cli/ writes to stderr); a NULL log says nothing.  Results and final
 * errors do not go through here.  A log may be used from several threads; the
 * sink must allow that.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include "common/compiler.h"

enum log_level {
	LOG_ERROR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG
};

struct log {
	enum log_level level; /* what is more talkative is dropped */
	void (*sink)(void *context, enum log_level level, const char *line);
	void *context;
};

void log_error(const struct log *log, const char *format, ...)
    PRINTF_LIKE(2, 3);
void log_warn(const struct log *log, const char *format, ...) PRINTF_LIKE(2, 3);
void log_info(const struct log *log, const char *format, ...) PRINTF_LIKE(2, 3);
void log_debug(const struct log *log, const char *format, ...)
    PRINTF_LIKE(2, 3);

#endif /* COMMON_LOG_H */
