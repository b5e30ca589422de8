#include "kafka/offsets_topic.h"

#include <stdlib.h>

#include "common/xalloc.h"

enum which_end {
	END_HIGH,
	END_STABLE,
};

struct asking {
	struct offsets_end *ends;
	const struct log_request *requests;
	enum which_end which;
};

static void
take_end(void *context, const struct log_answer *answer)
{
	const struct asking *asking = context;
	struct offsets_end *end =
	    &asking->ends[answer->request - asking->requests];

	if (answer->error != KAFKA_OK) {
		end->error = answer->error;
		return;
	}
	if (asking->which == END_STABLE) {
		end->stable = answer->offset;
		return;
	}
	end->high = answer->offset;
	end->epoch = answer->epoch;
}

int
offsets_topic_ends(struct cluster *cluster, struct offsets_end *ends,
    size_t count, const struct call_limits *limits, struct err *err)
{
	struct log_request *requests = xcalloc(count, sizeof(*requests));
	struct asking asking = { .ends = ends, .requests = requests };
	int rc = -1;

	for (size_t at = 0; at < count; at++) {
		requests[at] = (struct log_request){
			.topic = bytes_of(OFFSETS_TOPIC),
			.partition = ends[at].partition,
			.time = LOG_LATEST,
		};
		ends[at].error = KAFKA_OK;
		ends[at].high = -1;
		ends[at].stable = -1;
		ends[at].epoch = -1;
	}
	/* The high watermark first: a transaction that ends meanwhile makes
	 * the other end the greater one, never the smaller. */
	if (cluster_list_offsets(
		cluster, requests, count, limits, take_end, &asking, err) != 0)
		goto out;
	asking.which = END_STABLE;
	for (size_t at = 0; at < count; at++)
		requests[at].committed = true;
	rc = cluster_list_offsets(
	    cluster, requests, count, limits, take_end, &asking, err);
out:
	free(requests);
	return rc;
}

int
offsets_topic_see(struct cluster *cluster, const struct cluster_view *view,
    int64_t timeout_ms, struct offsets_topic *out, struct err *err)
{
	(void)err_set(err, ERR_UNAVAILABLE,
	    "no broker is there to tell about " OFFSETS_TOPIC);
	for (size_t at = 0; at < view->broker_count; at++) {
		*err = (struct err){ 0 };
		if (cluster_offsets_topic(cluster, view->brokers[at].id,
			timeout_ms, out, err) == 0)
			return 0;
		if (err->kind == ERR_INTERRUPTED)
			return -1;
	}
	return -1;
}

bool
offsets_readings_measure(const struct offsets_reading *readings, size_t count,
    int64_t *done, int64_t *total)
{
	bool open = false;

	*done = 0;
	*total = 0;
	for (size_t at = 0; at < count; at++) {
		const struct offsets_reading *reading = &readings[at];
		const bool is_behind = reading->next < reading->stop;

		*done += reading->next;
		*total += is_behind ? reading->stop : reading->next;
		open |= is_behind && reading->error == KAFKA_OK;
	}
	return open;
}

int
offsets_reader_open(struct cluster *cluster, struct offsets_reading *readings,
    size_t count, struct offsets_reader **out, struct err *err)
{
	*out = NULL;
	return cluster->ops->open_reader(cluster, readings, count, out, err);
}

int
offsets_reader_read(struct offsets_reader *reader, int64_t deadline_ms,
    log_record_fn *take, void *context, struct err *err)
{
	return reader->ops->read(reader, deadline_ms, take, context, err);
}

void
offsets_reader_free(struct offsets_reader *reader)
{
	if (reader != NULL)
		reader->ops->free(reader);
}
