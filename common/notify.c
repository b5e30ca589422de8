/* sd_notify(3): see notify.h. */
#include "common/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/parsenum.h"
#include "common/utf8.h"
#include "common/xalloc.h"

#define WAIT_SECONDS 1
#define USEC_PER_MS 1000
#define STATUS_MAX 400

struct notify {
	int fd; /* -1: nobody listens */
	struct sockaddr_un address;
	socklen_t address_size;
	int64_t watchdog_ms;
};

static int
set_address(struct notify *notify, const char *name, struct err *err)
{
	const size_t size = strlen(name);

	if (name[0] != '/' && name[0] != '@')
		return err_set(err, ERR_UNSUPPORTED,
		    "NOTIFY_SOCKET is neither a path nor an abstract name");
	if (size < 2 || size >= sizeof(notify->address.sun_path))
		return err_set(
		    err, ERR_USAGE, "NOTIFY_SOCKET has no usable length");
	notify->address.sun_family = AF_UNIX;
	memcpy(notify->address.sun_path, name, size);
	notify->address_size =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
	/* An abstract name begins with NUL and has none at its end. */
	if (name[0] == '@')
		notify->address.sun_path[0] = '\0';
	else
		notify->address_size++;
	return 0;
}

static int
open_socket(struct notify *notify, struct err *err)
{
	const struct timeval wait = { WAIT_SECONDS, 0 };

	notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify->fd < 0 ||
	    setsockopt(
		notify->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) != 0)
		return err_set_errno(
		    err, errno, "a socket for the service manager");
	return 0;
}

/* Half of the manager's time, if it means this process. */
static int
set_watchdog(
    struct notify *notify, const char *usec, const char *pid, struct err *err)
{
	int64_t time_us, process;

	if (usec == NULL || usec[0] == '\0')
		return 0;
	if (!parse_i64(bytes_of(usec), 1, INT64_MAX, &time_us))
		return err_set(
		    err, ERR_USAGE, "WATCHDOG_USEC is no time in microseconds");
	if (pid != NULL && pid[0] != '\0') {
		if (!parse_i64(bytes_of(pid), 1, INT64_MAX, &process))
			return err_set(err, ERR_USAGE,
			    "WATCHDOG_PID is no number of a process");
		if (process != (int64_t)getpid())
			return 0;
	}
	notify->watchdog_ms = time_us / 2 / USEC_PER_MS;
	if (notify->watchdog_ms == 0)
		notify->watchdog_ms = 1;
	return 0;
}

int
notify_new(inifile_lookup_fn *lookup, void *context, struct notify **out,
    struct err *err)
{
	const char *name = lookup(context, "NOTIFY_SOCKET");
	struct notify *notify = xcalloc(1, sizeof(*notify));

	notify->fd = -1;
	if (name == NULL || name[0] == '\0') {
		*out = notify;
		return 0;
	}
	if (set_address(notify, name, err) != 0 ||
	    set_watchdog(notify, lookup(context, "WATCHDOG_USEC"),
		lookup(context, "WATCHDOG_PID"), err) != 0 ||
	    open_socket(notify, err) != 0) {
		notify_free(notify);
		return -1;
	}
	*out = notify;
	return 0;
}

void
notify_free(struct notify *notify)
{
	if (notify == NULL)
		return;
	if (notify->fd >= 0)
		(void)close(notify->fd);
	free(notify);
}

int64_t
notify_watchdog_ms(const struct notify *notify)
{
	return notify->watchdog_ms;
}

static int
tell(struct notify *notify, const char *text, struct err *err)
{
	const size_t size = strlen(text);
	ssize_t sent;

	if (notify->fd < 0)
		return 0;
	do {
		sent = sendto(notify->fd, text, size, MSG_NOSIGNAL,
		    (const struct sockaddr *)&notify->address,
		    notify->address_size);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return err_set_errno(
		    err, errno, "cannot tell the service manager");
	return 0;
}

int
notify_ready(struct notify *notify, struct err *err)
{
	return tell(notify, "READY=1", err);
}

/* A line break would begin another message. */
int
notify_status(struct notify *notify, const char *text, struct err *err)
{
	char shown[STATUS_MAX];
	struct buf line = { 0 };
	int result;

	buf_add_format(&line, "STATUS=%s",
	    utf8_escape_to(bytes_of(text), shown, sizeof(shown)));
	result = tell(notify, buf_text(&line), err);
	buf_release(&line);
	return result;
}

int
notify_watchdog(struct notify *notify, struct err *err)
{
	return notify->watchdog_ms == 0 ? 0 : tell(notify, "WATCHDOG=1", err);
}

/* The manager compares the time with when it asked, to the microsecond. */
int
notify_reloading(struct notify *notify, struct err *err)
{
	struct timespec now;
	struct buf text = { 0 };
	int result;

	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return err_set_errno(err, errno, "the clock");
	buf_add_format(&text, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	result = tell(notify, buf_text(&text), err);
	buf_release(&text);
	return result;
}

int
notify_stopping(struct notify *notify, struct err *err)
{
	return tell(notify, "STOPPING=1", err);
}
