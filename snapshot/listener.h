/*
 * listener.h - a TCP socket that listens where the operator says.
 */
#ifndef SNAPSHOT_LISTENER_H
#define SNAPSHOT_LISTENER_H

#include "common/compiler.h"
#include "common/err.h"

#define LISTENER_SHOWN_MAX 80 /* "[0123:...:cdef]:65535" and its NUL */

/*
 * where is "HOST:PORT": an IPv4 address, an IPv6 one in brackets, a name of
 * this machine, or nothing for every address.  Port 0 takes a free one.  Gives
 * the socket, which does not block, and the address it has as text, with the
 * port.  ERR_USAGE for what is no such address, ERR_IO where it cannot be had:
 * one that is taken among these.
 */
int listener_open(const char *where, int *out, char shown[LISTENER_SHOWN_MAX],
    struct err *err) MUST_CHECK;

/* Is it such an address?  ERR_USAGE if not. */
int listener_check(const char *where, struct err *err) MUST_CHECK;

#endif /* SNAPSHOT_LISTENER_H */
