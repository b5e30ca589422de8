/*
 * First contact: who is the cluster, and if it is not there, why not.
 *
 * librdkafka tries again for ever, whatever the reason.  What its connections
 * complain about is therefore looked at while waiting: a refused password or
 * certificate fails at once, anything that may pass (a broker that restarts, a
 * name that does not resolve yet) at the end of the time, with the reason.
 */
#include "kafka/rdcluster.h"

#include <string.h>

#include "common/env.h"
#include "kafka/rdwindow.h"

/* A connection that is closed at once this long was not a restart. */
#define WRONG_PROTOCOL_MS 1500

/* Of several brokers, one that hangs must not take the others' time: each has
 * this share of it, and this much at most. */
#define TRY_SHARE 4
#define TRY_MAX_MS 5000

static bool
says(const struct rdtrouble *trouble, const char *text)
{
	return strstr(trouble->text, text) != NULL;
}

/*
 * The broker closes connections without a word, as it does when the two sides
 * speak different protocols.  One that goes down does so too, but then refuses.
 */
static bool
is_wrong_protocol(const struct rdtrouble *trouble)
{
	return says(trouble, "Disconnected");
}

/* The broker speaks TLS, and says no to us. */
static bool
is_alert(const struct rdtrouble *trouble)
{
	return says(trouble, "SSL routines") && says(trouble, "alert");
}

/* Waiting longer would not help. */
static bool
is_final(const struct rdcluster *cluster)
{
	const struct rdtrouble *trouble = &cluster->trouble;

	if (is_wrong_protocol(trouble))
		return env_monotonic_ms(cluster->env) - trouble->since_ms >
		    WRONG_PROTOCOL_MS;
	return trouble->code == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
	    trouble->code == RD_KAFKA_RESP_ERR__SSL || is_alert(trouble);
}

static int
fail_tls(const struct rdcluster *cluster, struct err *err)
{
	const struct rdtrouble *trouble = &cluster->trouble;

	if (says(trouble, "wrong version number") ||
	    says(trouble, "packet length too long")) {
		(void)err_set(err, ERR_USAGE, "%s does not speak TLS: %s",
		    cluster->bootstrap, trouble->text);
		err_hint(err,
		    "check the port, or set security.protocol to "
		    "plaintext or sasl_plaintext");
		return -1;
	}
	(void)err_set(err, ERR_DENIED, "TLS with %s failed: %s",
	    cluster->bootstrap, trouble->text);
	if (is_alert(trouble))
		err_hint(err,
		    "the broker refuses this client's certificate, "
		    "or wants one: see ssl.certificate.location "
		    "and ssl.key.location");
	else
		err_hint(err,
		    "ssl.ca.location must name the PEM file of the "
		    "CA that signed the broker's certificate, and "
		    "the host must be the one that it is for");
	return -1;
}

static int
fail_login(const struct rdcluster *cluster, struct err *err)
{
	const struct rdtrouble *trouble = &cluster->trouble;

	if (says(trouble, "SASL state")) {
		(void)err_set(err, ERR_USAGE, "%s does not take a login: %s",
		    cluster->bootstrap, trouble->text);
		err_hint(err,
		    "check the port, or set security.protocol to "
		    "plaintext or ssl");
		return -1;
	}
	(void)err_set(err, ERR_DENIED, "%s refused the login: %s",
	    cluster->bootstrap, trouble->text);
	err_hint(err, "check sasl.mechanism, sasl.username and the password");
	return -1;
}

static int
fail_silent(const struct rdcluster *cluster, bool reached, struct err *err)
{
	(void)err_set(err, ERR_UNAVAILABLE, "%s: no answer%s",
	    cluster->bootstrap,
	    reached ? " from the brokers that it names" : "");
	err_hint(err,
	    "the broker accepts connections but does not answer, or "
	    "a firewall drops them: check host, port and broker");
	return -1;
}

static void
hint_transport(const struct rdtrouble *trouble, bool reached, struct err *err)
{
	if (says(trouble, "PLAINTEXT broker listener"))
		err_hint(err,
		    "the listener does not speak TLS: set "
		    "security.protocol to plaintext or "
		    "sasl_plaintext, or check the port");
	else if (is_wrong_protocol(trouble))
		err_hint(err,
		    "the listener speaks another protocol: set "
		    "security.protocol (ssl, sasl_ssl, "
		    "sasl_plaintext), or check the port");
	else if (reached)
		err_hint(err,
		    "the brokers' advertised.listeners must be "
		    "reachable from this machine");
	else if (says(trouble, "refused"))
		err_hint(err,
		    "nothing listens there: check host and port, "
		    "and that the broker runs");
}

/* What is wrong, from what the connections said. */
static int
fail(const struct rdcluster *cluster, bool reached, struct err *err)
{
	const struct rdtrouble *trouble = &cluster->trouble;

	if (trouble->code == 0)
		return fail_silent(cluster, reached, err);
	if (trouble->code == RD_KAFKA_RESP_ERR__AUTHENTICATION)
		return fail_login(cluster, err);
	if (!is_wrong_protocol(trouble) &&
	    (trouble->code == RD_KAFKA_RESP_ERR__SSL || is_alert(trouble)))
		return fail_tls(cluster, err);
	(void)err_set(
	    err, ERR_UNAVAILABLE, "%s: %s", cluster->bootstrap, trouble->text);
	if (trouble->code != RD_KAFKA_RESP_ERR__RESOLVE)
		hint_transport(trouble, reached, err);
	else if (reached)
		err_hint(err,
		    "the brokers advertise a name that this machine "
		    "does not know: see advertised.listeners");
	else
		err_hint(err, "check the host name");
	return -1;
}

/*
 * A handle that nobody asks for anything connects after a second.  This asks,
 * and does not wait for the answer.
 */
static void
start_connecting(struct rdcluster *cluster)
{
	const struct rd_kafka_metadata *metadata = NULL;

	if (rd_kafka_metadata(cluster->handle.rk, 0, NULL, &metadata, 1) ==
	    RD_KAFKA_RESP_ERR_NO_ERROR)
		rd_kafka_metadata_destroy(metadata);
}

/* Wait until some broker has told which brokers there are. */
static int
wait_for_brokers(
    struct rdcluster *cluster, int64_t deadline_ms, struct err *err)
{
	if (rdcluster_any_broker(cluster) < 0)
		start_connecting(cluster);
	for (;;) {
		if (env_interrupted(cluster->env))
			return rdcluster_interrupted(err);
		if (rdcluster_any_broker(cluster) >= 0)
			return 0;
		if (is_final(cluster) ||
		    env_monotonic_ms(cluster->env) >= deadline_ms)
			return fail(cluster, false, err);
		rdcluster_serve(
		    cluster, &cluster->handle, RDCLUSTER_POLL_MS / 5);
	}
}

struct description {
	struct cluster_view *view;
	int error;
	char text[RDCLUSTER_TEXT_MAX];
};

static int32_t
describe_broker(const struct rdwindow *window, size_t index)
{
	(void)index;
	return rdcluster_any_broker(window->cluster);
}

static int
describe_send(struct rdwindow *window, const struct rdcall *call)
{
	rd_kafka_error_t *error;

	(void)call;
	error = rd_kafka_AdminOptions_set_include_authorized_operations(
	    window->options, 1);
	if (error != NULL) {
		const int code = rd_kafka_error_code(error);
		rd_kafka_error_destroy(error);
		return code;
	}
	rd_kafka_DescribeCluster(
	    window->handle.rk, window->options, window->queue);
	return KAFKA_OK;
}

static void
sort_brokers(struct cluster_view *view)
{
	for (size_t at = 1; at < view->broker_count; at++) {
		const struct broker moved = view->brokers[at];
		size_t to = at;
		for (; to > 0 && view->brokers[to - 1].id > moved.id; to--)
			view->brokers[to] = view->brokers[to - 1];
		view->brokers[to] = moved;
	}
}

static void
read_description(
    struct cluster_view *view, const rd_kafka_DescribeCluster_result_t *result)
{
	size_t count;
	const rd_kafka_Node_t **nodes =
	    rd_kafka_DescribeCluster_result_nodes(result, &count);
	const rd_kafka_AclOperation_t *operations;
	const char *id = rd_kafka_DescribeCluster_result_cluster_id(result);

	view->cluster_id = arena_text(&view->arena, id != NULL ? id : "");
	view->brokers =
	    arena_alloc(&view->arena, count, sizeof(*view->brokers));
	view->broker_count = count;
	for (size_t at = 0; at < count; at++) {
		const char *host = rd_kafka_Node_host(nodes[at]);
		view->brokers[at] = (struct broker){
			.id = (int32_t)rd_kafka_Node_id(nodes[at]),
			.host =
			    arena_text(&view->arena, host != NULL ? host : ""),
			.port = (int32_t)rd_kafka_Node_port(nodes[at]),
		};
	}
	sort_brokers(view);
	operations = rd_kafka_DescribeCluster_result_authorized_operations(
	    result, &count);
	for (size_t at = 0; operations != NULL && at < count; at++)
		if (operations[at] == RD_KAFKA_ACL_OPERATION_DESCRIBE ||
		    operations[at] == RD_KAFKA_ACL_OPERATION_ALL)
			view->may_describe = true;
}

static void
describe_answer(struct rdwindow *window, const struct rdcall *call, int error,
    const char *text, rd_kafka_event_t *event)
{
	struct description *description = window->context;

	(void)call;
	description->error = error;
	if (event != NULL) {
		read_description(description->view,
		    rd_kafka_event_DescribeCluster_result(event));
		return;
	}
	(void)snprintf(description->text, sizeof(description->text), "%s",
	    text != NULL ? text : "");
}

static const struct rdwindow_ops describe_ops = {
	.op = RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER,
	.broker = describe_broker,
	.send = describe_send,
	.answer = describe_answer,
};

int
rdcontact_describe(struct cluster *base, int64_t timeout_ms,
    struct cluster_view *out, struct err *err)
{
	struct rdcluster *cluster = rdcluster_of(base);
	const int64_t deadline = env_monotonic_ms(cluster->env) + timeout_ms;
	struct description description = { .view = out };
	const int64_t share = timeout_ms / TRY_SHARE + 1;
	const struct call_limits limits = {
		.window = 1,
		.timeout_ms = share < TRY_MAX_MS ? share : TRY_MAX_MS,
		.deadline_ms = deadline,
	};

	if (cluster->handle.rk == NULL)
		return rdcluster_interrupted(err);
	cluster->trouble = (struct rdtrouble){ 0 };
	do {
		struct rdwindow window = {
			.cluster = cluster,
			.ops = &describe_ops,
			.limits = &limits,
			.count = 1,
			.context = &description,
		};
		if (wait_for_brokers(cluster, deadline, err) != 0 ||
		    rdwindow_run(&window, err) != 0)
			return -1;
		/* Written through window.context. */
		/* cppcheck-suppress knownConditionTrueFalse */
		if (description.error == KAFKA_OK) {
			cluster->trouble = (struct rdtrouble){ 0 };
			return 0;
		}
		rdcluster_next_broker(cluster);
	} while (
	    !is_final(cluster) && env_monotonic_ms(cluster->env) < deadline);
	if (cluster->trouble.code == 0 &&
	    description.error != KAFKA_LOCAL_TIMED_OUT)
		return rdcluster_fail(err, description.error, description.text,
		    "asking who the cluster is");
	return fail(cluster, true, err);
}
