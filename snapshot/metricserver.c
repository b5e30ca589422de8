/* The board over HTTP: see metricserver.h. */
#include "snapshot/metricserver.h"

#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/xalloc.h"
#include "snapshot/board.h"
#include "snapshot/listener.h"

#define CONNECTIONS_MAX 16U
#define SILENT_SECONDS 5U
#define CONNECTION_MEMORY ((size_t)16 << 10) /* a request's lines */

#define PLAIN_TEXT "text/plain; charset=utf-8"
#define PROMETHEUS_TEXT "text/plain; version=0.0.4; charset=utf-8"

struct metricserver {
	struct MHD_Daemon *daemon;
	struct board *board;
	char address[LISTENER_SHOWN_MAX];
};

/* Text is taken over. */
static enum MHD_Result
answer(struct MHD_Connection *connection, unsigned int status, const char *type,
    struct buf *text)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
	    text->size, text->data, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result = MHD_NO;

	if (response == NULL) {
		buf_release(text);
		return MHD_NO;
	}
	if (MHD_add_response_header(response, "Content-Type", type) != MHD_NO &&
	    MHD_add_response_header(response, "Cache-Control", "no-store") !=
		MHD_NO &&
	    (status != MHD_HTTP_METHOD_NOT_ALLOWED ||
		MHD_add_response_header(response, "Allow", "GET, HEAD") !=
		    MHD_NO))
		result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result
answer_path(
    struct MHD_Connection *connection, struct board *board, const char *path)
{
	unsigned int status = MHD_HTTP_OK;
	const char *type = PLAIN_TEXT;
	struct buf text = { 0 };

	if (strcmp(path, "/metrics") == 0) {
		board_metrics(board, &text);
		type = PROMETHEUS_TEXT;
	} else if (strcmp(path, "/healthz") == 0) {
		if (!board_is_alive(board, &text))
			status = MHD_HTTP_SERVICE_UNAVAILABLE;
	} else if (strcmp(path, "/readyz") == 0) {
		if (!board_is_ready(board, &text))
			status = MHD_HTTP_SERVICE_UNAVAILABLE;
	} else {
		status = MHD_HTTP_NOT_FOUND;
		buf_add_text(
		    &text, "there are /metrics, /healthz and /readyz\n");
	}
	return answer(connection, status, type, &text);
}

/*
 * Called once when the headers of a request are there, then for parts of a
 * body, and at its end.  Only a mark is kept from one call to the next.
 */
static enum MHD_Result
/* NOLINTNEXTLINE(readability-function-size) the parameters: libmicrohttpd's */
handle(void *context, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *body,
    size_t *body_size, void **mark)
{
	struct metricserver *server = context;

	(void)version;
	(void)body;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
		struct buf text = { 0 };

		buf_add_text(&text, "GET and HEAD alone\n");
		return answer(
		    connection, MHD_HTTP_METHOD_NOT_ALLOWED, PLAIN_TEXT, &text);
	}
	if (*mark == NULL) {
		*mark = server;
		return MHD_YES;
	}
	/* A question has no body: it is dropped, and the connection closed. */
	if (*body_size > 0) {
		*body_size = 0;
		return MHD_NO;
	}
	return answer_path(connection, server->board, path);
}

/* A signal is for the loop: its sleep is to end. */
static struct MHD_Daemon *
start_thread(struct metricserver *server, int fd)
{
	struct MHD_Daemon *daemon;
	sigset_t all, before;

	(void)sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return NULL;
	daemon =
	    MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0,
		NULL, NULL, handle, server, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, SILENT_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
		MHD_OPTION_END);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return daemon;
}

int
metricserver_start(const char *where, struct board *board,
    struct metricserver **out, struct err *err)
{
	struct metricserver *server = xcalloc(1, sizeof(*server));
	int fd;

	server->board = board;
	if (listener_open(where, &fd, server->address, err) != 0) {
		free(server);
		return -1;
	}
	server->daemon = start_thread(server, fd);
	if (server->daemon == NULL) {
		(void)close(fd);
		err_set(err, ERR_IO, "cannot serve at %s", server->address);
		free(server);
		return -1;
	}
	*out = server;
	return 0;
}

const char *
metricserver_address(const struct metricserver *server)
{
	return server->address;
}

void
metricserver_stop(struct metricserver *server)
{
	if (server == NULL)
		return;
	MHD_stop_daemon(server->daemon);
	free(server);
}

const char *
metricserver_library_version(void)
{
	return MHD_get_version();
}
