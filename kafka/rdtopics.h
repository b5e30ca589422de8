/*
 * rdtopics.h - asking brokers about topics, for the files of rdcluster.h.
 */
#ifndef KAFKA_RDTOPICS_H
#define KAFKA_RDTOPICS_H

#include <stddef.h>

#include "common/compiler.h"
#include "common/err.h"
#include "kafka/cluster.h"

struct rdcluster;

/*
 * Describe topics, asking the given broker (-1: any), as
 * cluster_describe_topics does.  What a broker answers also becomes what
 * librdkafka believes about their leaders, which is what rdlog.c needs.
 */
struct rdtopics_request {
	const struct bytes *names;
	size_t count;
	int32_t broker;
	bool wants_operations; /* fill in may_read */
	const struct call_limits *limits;
};
int rdtopics_ask(struct rdcluster *cluster,
    const struct rdtopics_request *request, topic_fn *answered, void *context,
    struct err *err) MUST_CHECK;

#endif /* KAFKA_RDTOPICS_H */
