/*
 * notify.h - telling a service manager how it goes: sd_notify(3) and the
 * watchdog of systemd, without its library.
 *
 * Where nobody asked for it (NOTIFY_SOCKET is not set) everything succeeds and
 * nothing is sent.  A manager that does not take a message within a second is
 * an error; whoever calls goes on all the same.
 */
#ifndef COMMON_NOTIFY_H
#define COMMON_NOTIFY_H

#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"
#include "common/inifile.h"

struct notify;

/*
 * From the variables NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.  ERR_USAGE
 * for one that makes no sense, ERR_UNSUPPORTED for a socket that is neither a
 * path nor an abstract name.
 */
int notify_new(inifile_lookup_fn *lookup, void *context, struct notify **out,
    struct err *err) MUST_CHECK;
void notify_free(struct notify *notify);

/* How often notify_watchdog is to be called, half of what the manager waits;
 * 0: it does not ask for it. */
int64_t notify_watchdog_ms(const struct notify *notify);

int notify_ready(struct notify *notify, struct err *err) MUST_CHECK;
/* One line for people: what is being done. */
int notify_status(
    struct notify *notify, const char *text, struct err *err) MUST_CHECK;
int notify_watchdog(struct notify *notify, struct err *err) MUST_CHECK;
/* The configuration is being read again (Type=notify-reload); notify_ready
 * ends it. */
int notify_reloading(struct notify *notify, struct err *err) MUST_CHECK;
int notify_stopping(struct notify *notify, struct err *err) MUST_CHECK;

#endif /* COMMON_NOTIFY_H */
