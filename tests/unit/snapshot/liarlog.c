#include "tests/unit/snapshot/liarlog.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "tests/unit/snapshot/recordgen.h"

struct liar_reader {
	struct offsets_reader base;
	struct liar *liar;
	struct offsets_reading *readings;
	size_t count;
};

void
liar_append(
    struct liar *liar, int32_t partition, struct bytes key, struct bytes value)
{
	struct liar_log *log = &liar->logs[partition];

	log->records = xgrow(
	    log->records, log->count, &log->capacity, sizeof(*log->records));
	log->records[log->count] = (struct log_record){
		.partition = partition,
		.offset = (int64_t)log->count,
		.timestamp_ms = liar->env.now_ms(liar),
		.key = key,
		.value = value,
	};
	log->count++;
}

static int32_t
home_of(const struct liar *liar, const char *group)
{
	return coordinator_partition(bytes_of(group), liar->partition_count);
}

static void
write_position(struct liar *liar, const char *group, const char *topic,
    int32_t partition, int64_t offset)
{
	const struct recordgen_commit commit = {
		.offset = offset,
		.epoch = 7,
		.metadata = bytes_of(""),
		.commit_ms = liar->env.now_ms(liar),
	};

	liar_append(liar, home_of(liar, group),
	    recordgen_commit_key(&liar->arena, RECORDGEN_COMMIT,
		bytes_of(group), topic, partition),
	    recordgen_commit_value(&liar->arena, &commit));
}

void
liar_write_commit(struct liar *liar, const char *group, int64_t offset)
{
	write_position(liar, group, "orders", 0, offset);
}

void
liar_write_removal(struct liar *liar, const char *group)
{
	const struct bytes none = { NULL, 0 };

	liar_append(liar, home_of(liar, group),
	    recordgen_commit_key(
		&liar->arena, RECORDGEN_COMMIT, bytes_of(group), "orders", 0),
	    none);
}

void
liar_write_group(struct liar *liar, const char *group)
{
	liar_append(liar, home_of(liar, group),
	    recordgen_group_key(
		&liar->arena, RECORDGEN_CLASSIC, bytes_of(group)),
	    recordgen_classic_value(&liar->arena, "consumer", NULL, 0));
}

void
liar_write_all(struct liar *liar)
{
	size_t i, k;

	for (i = 0; i < liar->group_count; i++) {
		const struct liar_group *group = &liar->groups[i];

		liar_write_group(liar, group->name);
		for (k = 0; k < group->count; k++)
			write_position(liar, group->name,
			    group->positions[k].topic,
			    group->positions[k].partition,
			    group->positions[k].offset);
	}
}

void
liar_hold(struct liar *liar, int32_t partition, int64_t until_ms)
{
	liar->logs[partition].held_from = (int64_t)liar->logs[partition].count;
	liar->logs[partition].held_until_ms = until_ms;
}

void
liar_remake(struct liar *liar, int32_t count)
{
	int32_t i;

	liar->partition_count = count;
	for (i = 0; i < LIAR_PARTITIONS; i++) {
		liar->logs[i].count = 0;
		liar->epochs[i] = 0;
	}
}

/* Where reading committed ends. */
static int64_t
stable_end(const struct liar *liar, int32_t partition)
{
	const struct liar_log *log = &liar->logs[partition];

	return liar->now_ms < log->held_until_ms ? log->held_from
						 : (int64_t)log->count;
}

void
liarlog_answer_end(struct liar *liar, struct log_answer *answer)
{
	const int32_t partition = answer->request->partition;
	struct liar_log *log = &liar->logs[partition];

	answer->epoch = liar->epochs[partition];
	answer->offset = answer->request->committed
	    ? stable_end(liar, partition)
	    : (int64_t)log->count;
	if (log->old_answers == 0)
		return;
	log->old_answers--;
	answer->epoch = log->old_epoch;
	answer->offset = log->old_end;
}

static bool
is_readable(const struct liar *liar, int32_t partition)
{
	const int32_t leader = liar->leaders[partition];

	return leader >= 1 && leader <= LIAR_BROKERS &&
	    !liar->brokers[leader].absent && !liar->brokers[leader].hung;
}

/* What librdkafka has fetched is handed on, also behind the stop. */
static void
read_one(struct liar_reader *reader, struct offsets_reading *reading,
    log_record_fn *take, void *context)
{
	struct liar *liar = reader->liar;
	const int64_t end = stable_end(liar, reading->partition);
	size_t count = 0;

	if (!liar->may_read) {
		reading->error = KAFKA_TOPIC_AUTHORIZATION_FAILED;
		return;
	}
	if (reading->next > (int64_t)liar->logs[reading->partition].count)
		reading->error = KAFKA_OFFSET_OUT_OF_RANGE;
	if (liar->logs[reading->partition].read_error != KAFKA_OK) {
		reading->error = liar->logs[reading->partition].read_error;
		return;
	}
	while (reading->next < end &&
	    (liar->read_batch == 0 || count++ < liar->read_batch))
		take(context,
		    &liar->logs[reading->partition].records[reading->next++]);
}

static bool
is_read(const struct liar_reader *reader)
{
	size_t i;

	for (i = 0; i < reader->count; i++) {
		if (reader->readings[i].error == KAFKA_OK &&
		    reader->readings[i].next < reader->readings[i].stop)
			return false;
	}
	return true;
}

static int
liar_read(struct offsets_reader *base, int64_t deadline_ms, log_record_fn *take,
    void *context, struct err *err)
{
	struct liar_reader *reader = (struct liar_reader *)(void *)base;
	struct liar *liar = reader->liar;
	size_t i;

	(void)err;
	liar->calls[LIAR_READ]++;
	liar->now_ms++;
	if (liar->before != NULL)
		liar->before(liar, LIAR_READ);
	for (i = 0; i < reader->count; i++) {
		if (is_readable(liar, reader->readings[i].partition))
			read_one(reader, &reader->readings[i], take, context);
	}
	if (!is_read(reader) && liar->now_ms < deadline_ms)
		liar->now_ms = deadline_ms;
	return 0;
}

static void
liar_free_reader(struct offsets_reader *base)
{
	struct liar_reader *reader = (struct liar_reader *)(void *)base;

	reader->liar->open_readers--;
	free(reader);
}

static const struct offsets_reader_ops reader_ops = {
	.read = liar_read,
	.free = liar_free_reader,
};

int
liarlog_open(struct cluster *cluster, struct offsets_reading *readings,
    size_t count, struct offsets_reader **out, struct err *err)
{
	struct liar *liar = (struct liar *)(void *)cluster;
	struct liar_reader *reader = xcalloc(1, sizeof(*reader));
	int32_t i;

	(void)err;
	for (i = 0; i < LIAR_PARTITIONS; i++)
		liar->logs[i].read_error = KAFKA_OK;
	reader->base.ops = &reader_ops;
	reader->liar = liar;
	reader->readings = readings;
	reader->count = count;
	liar->open_readers++;
	*out = &reader->base;
	return 0;
}

void
liarlog_release(struct liar *liar)
{
	int32_t i;

	for (i = 0; i < LIAR_PARTITIONS; i++)
		free(liar->logs[i].records);
}
