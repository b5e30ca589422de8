/* A socket that listens: see listener.h. */
#include "snapshot/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/parsenum.h"
#include "common/utf8.h"
#include "common/xalloc.h"

#define BACKLOG 16
#define PORT_MAX 65535
#define NUMBER_MAX 64

/* A copy of the host, NULL for every address, and where the port begins. */
static int
split(const char *where, char **host, const char **port, struct err *err)
{
	const char *colon = strrchr(where, ':');
	const char *begin = where;
	size_t size = colon != NULL ? (size_t)(colon - where) : 0;
	char shown[LISTENER_SHOWN_MAX];
	int32_t number;

	if (size >= 2 && begin[0] == '[' && begin[size - 1] == ']') {
		begin++;
		size -= 2;
	} else if (memchr(begin, ':', size) != NULL) {
		colon = NULL; /* IPv6 without brackets: which is the port? */
	}
	if (colon == NULL ||
	    !parse_i32(bytes_of(colon + 1), 0, PORT_MAX, &number)) {
		err_set(err, ERR_USAGE, "'%s' is no address to listen at",
		    utf8_escape_to(bytes_of(where), shown, sizeof(shown)));
		err_hint(
		    err, "HOST:PORT, [IPv6]:PORT, or :PORT for every address");
		return -1;
	}
	*host = colon == where ? NULL : xmemdup0(begin, size);
	*port = colon + 1;
	return 0;
}

int
listener_check(const char *where, struct err *err)
{
	const char *port;
	char *host;

	if (split(where, &host, &port, err) != 0)
		return -1;
	free(host);
	return 0;
}

static int
set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

/* The socket, or -1 with errno. */
static int
listen_at(const struct addrinfo *address)
{
	const int fd = socket(
	    address->ai_family, address->ai_socktype, address->ai_protocol);
	int failure;

	if (fd < 0)
		return -1;
	/* Every address of IPv6 is every one of IPv4, too. */
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
	    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) == 0 &&
	    (address->ai_family != AF_INET6 ||
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) == 0) &&
	    bind(fd, address->ai_addr, address->ai_addrlen) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	failure = errno;
	(void)close(fd);
	errno = failure;
	return -1;
}

/* The first that can be had; of every address IPv6 is asked for first. */
static int
listen_at_any(const struct addrinfo *list, bool wildcard)
{
	static const int wanted[] = { AF_INET6, AF_INET };
	int fd = -1;

	errno = EADDRNOTAVAIL;
	for (size_t at = 0; at < 2 && fd < 0; at++) {
		for (const struct addrinfo *each = list; each != NULL && fd < 0;
		     each = each->ai_next) {
			if (!wildcard || each->ai_family == wanted[at])
				fd = listen_at(each);
			if (fd < 0 && errno == EADDRINUSE)
				return -1;
		}
		if (!wildcard)
			break;
	}
	return fd;
}

static int
show(int fd, char shown[LISTENER_SHOWN_MAX], struct err *err)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	char host[NUMBER_MAX], port[NUMBER_MAX];

	memset(&address, 0, sizeof(address));
	if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		return err_set_errno(err, errno, "the address of a socket");
	if (getnameinfo((struct sockaddr *)&address, size, host, sizeof(host),
		port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return err_set(err, ERR_IO, "a socket has no address");
	(void)snprintf(shown, LISTENER_SHOWN_MAX,
	    address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	return 0;
}

int
listener_open(const char *where, int *out, char shown[LISTENER_SHOWN_MAX],
    struct err *err)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	struct addrinfo *list = NULL;
	char *host = NULL;
	const char *port;
	int result = -1;
	int code;
	int fd = -1;

	if (split(where, &host, &port, err) != 0)
		return -1;
	(void)utf8_escape_to(bytes_of(where), shown, LISTENER_SHOWN_MAX);
	code = getaddrinfo(host, port, &hints, &list);
	if (code != 0) {
		err_set(err, ERR_USAGE, "cannot listen at %s: %s", shown,
		    gai_strerror(code));
		goto out;
	}
	fd = listen_at_any(list, host == NULL);
	if (fd < 0) {
		err_set_errno(err, errno, "cannot listen at %s", shown);
		goto out;
	}
	result = show(fd, shown, err);
out:
	if (result == 0)
		*out = fd;
	else if (fd >= 0)
		(void)close(fd);
	if (list != NULL)
		freeaddrinfo(list);
	free(host);
	return result;
}
