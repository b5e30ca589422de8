#include "common/err.h"

#include <stdio.h>
#include <string.h>

/* What stands at the end of a text that did not fit. */
static const char ellipsis[] = "...";

/*
 * Show where a text was cut.  The dots begin at a character, so that no half
 * of one is left before them.
 */
static void
mark_cut(char *text, size_t capacity)
{
	size_t at = capacity - sizeof(ellipsis);

	while (at > 0 && ((unsigned char)text[at] & 0xc0U) == 0x80U) {
		at--;
	}
	memcpy(text + at, ellipsis, sizeof(ellipsis));
}

/* vsnprintf, with the cut made visible. */
static void PRINTF_LIKE(3, 0)
    format_cut(char *out, size_t capacity, const char *format, va_list args)
{
	const int length = vsnprintf(out, capacity, format, args);

	if (length < 0) {
		out[0] = '\0';
	} else if ((size_t)length >= capacity) {
		mark_cut(out, capacity);
	}
}

/* Append ": " and text to a message, cut to fit. */
static void
append(char message[ERR_MESSAGE_MAX], const char *text)
{
	const size_t used = strlen(message);
	const size_t room = ERR_MESSAGE_MAX - used;
	const int length = snprintf(message + used, room, ": %s", text);

	if (length < 0 || (size_t)length >= room) {
		mark_cut(message, ERR_MESSAGE_MAX);
	}
}

int
err_set(struct err *err, enum err_kind kind, const char *format, ...)
{
	/* Apart, because an argument may be the message there is now. */
	char message[ERR_MESSAGE_MAX];
	va_list args;

	va_start(args, format);
	format_cut(message, sizeof(message), format, args);
	va_end(args);

	err->kind = kind;
	memcpy(err->message, message, strlen(message) + 1);
	err->hint[0] = '\0';
	return -1;
}

int
err_set_errno(struct err *err, int errnum, const char *format, ...)
{
	char message[ERR_MESSAGE_MAX];
	char reason[256];
	va_list args;

	va_start(args, format);
	format_cut(message, sizeof(message), format, args);
	va_end(args);

	if (strerror_r(errnum, reason, sizeof(reason)) != 0) {
		(void)snprintf(reason, sizeof(reason), "error %d", errnum);
	}
	append(message, reason);

	err->kind = ERR_IO;
	memcpy(err->message, message, strlen(message) + 1);
	err->hint[0] = '\0';
	return -1;
}

int
err_wrap(struct err *err, const char *format, ...)
{
	char message[ERR_MESSAGE_MAX];
	va_list args;

	va_start(args, format);
	format_cut(message, sizeof(message), format, args);
	va_end(args);

	append(message, err->message);
	memcpy(err->message, message, strlen(message) + 1);
	return -1;
}

void
err_hint(struct err *err, const char *format, ...)
{
	char hint[ERR_HINT_MAX];
	va_list args;

	va_start(args, format);
	format_cut(hint, sizeof(hint), format, args);
	va_end(args);
	memcpy(err->hint, hint, strlen(hint) + 1);
}

bool
err_is_transient(const struct err *err)
{
	return err->kind == ERR_UNAVAILABLE;
}

int
err_exit_status(const struct err *err)
{
	switch (err->kind) {
	case ERR_NONE:
		return 0;
	case ERR_USAGE:
		return 2;
	case ERR_REFUSED:
		return 4;
	case ERR_CHANGED:
		return 5;
	case ERR_NO_REPO:
		return 10;
	case ERR_CORRUPT:
		return 20;
	case ERR_INTERRUPTED:
		return 130;
	case ERR_NOT_FOUND:
	case ERR_EXISTS:
	case ERR_UNSUPPORTED:
	case ERR_DENIED:
	case ERR_UNAVAILABLE:
	case ERR_IO:
	default:
		return 1;
	}
}
