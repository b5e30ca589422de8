#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/snapshot/rescuegen.h"

#include <string.h>

#include "common/buf.h"
#include "common/parsenum.h"
#include "kafka/cluster.h"
#include "tests/unit/snapshot/recordgen.h"

static int64_t
now(void *context)
{
	const struct rescuegen *book = context;

	return book->now_ms;
}

static void
same_bytes(void *context, void *out, size_t size)
{
	(void)context;
	memset(out, 7, size);
}

static bool
go_on(void *context)
{
	(void)context;
	return false;
}

void
rescuegen_init(struct rescuegen *book, int64_t until_ms)
{
	memset(book, 0, sizeof(*book));
	book->partition = -1;
	book->now_ms = RESCUEGEN_START;
	book->env = (struct env){
		.now_ms = now,
		.monotonic_ms = now,
		.random = same_bytes,
		.interrupted = go_on,
		.context = book,
	};
	ledger_init(&book->all, 7, INT64_MAX);
	ledger_init(&book->then, 7, until_ms);
	rescuewatch_init(&book->watch, 7, NULL);
	rescuefacts_init(&book->facts, 7, RESCUEGEN_KEPT, true);
	book->all.changed = rescuewatch_change;
	book->all.changed_context = &book->watch;
}

void
rescuegen_release(struct rescuegen *book)
{
	rescue_findings_release(&book->findings);
	rescuefacts_release(&book->facts);
	rescuewatch_release(&book->watch);
	ledger_release(&book->all);
	ledger_release(&book->then);
	arena_release(&book->arena);
}

static int32_t
home_of(const struct rescuegen *book, const char *group)
{
	return book->partition >= 0
	    ? book->partition
	    : coordinator_partition(bytes_of(group), RESCUEGEN_PARTITIONS);
}

static void
take(struct rescuegen *book, const char *group, struct bytes key,
    struct bytes value)
{
	const int32_t home = home_of(book, group);
	const struct log_record record = {
		.partition = home,
		.offset = book->next[home]++,
		.timestamp_ms = book->now_ms,
		.key = key,
		.value = value,
	};

	ledger_take(&book->all, &record);
	ledger_take(&book->then, &record);
}

static struct bytes
key_of(struct rescuegen *book, const char *group, const char *place)
{
	const char *slash = strchr(place, '/');
	const char *topic = "orders";
	int32_t partition;

	if (slash != NULL)
		topic = arena_bytes(&book->arena,
		    (struct bytes){ place, (size_t)(slash - place) })
			    .data;
	assert_true(parse_i32(bytes_of(slash == NULL ? place : slash + 1), 0,
	    INT32_MAX, &partition));
	return recordgen_commit_key(
	    &book->arena, RECORDGEN_COMMIT, bytes_of(group), topic, partition);
}

void
rescuegen_commit(struct rescuegen *book, const char *group, const char *place,
    int64_t offset, int32_t epoch)
{
	const struct recordgen_commit commit = { offset, epoch,
		bytes_of("meta"), book->now_ms };

	take(book, group, key_of(book, group, place),
	    recordgen_commit_value(&book->arena, &commit));
}

static void
add_number(struct buf *out, uint64_t value, size_t size)
{
	while (size-- > 0)
		buf_add_char(out, (char)(value >> (8 * size) & 0xff));
}

void
rescuegen_commit_id(struct rescuegen *book, const char *group,
    const char *place, int64_t offset, uint8_t id)
{
	struct buf value = { 0 };
	struct bytes kept;

	add_number(&value, 4, 2);
	add_number(&value, (uint64_t)offset, 8);
	add_number(&value, 3, 4);
	add_number(&value, 1, 1); /* no metadata */
	add_number(&value, (uint64_t)book->now_ms, 8);
	add_number(&value, id != 0, 1);
	if (id != 0) {
		add_number(&value, 0, 1);
		add_number(&value, UUID_SIZE, 1);
		for (size_t at = 0; at < UUID_SIZE; at++)
			add_number(&value, id, 1);
	}
	kept = arena_bytes(&book->arena, buf_bytes(&value));
	buf_release(&value);
	take(book, group, key_of(book, group, place), kept);
}

void
rescuegen_bury(struct rescuegen *book, const char *group, const char *place)
{
	take(book, group, key_of(book, group, place), (struct bytes){ 0 });
}

void
rescuegen_break(struct rescuegen *book, const char *group, const char *place)
{
	take(book, group, key_of(book, group, place),
	    recordgen_broken_value(&book->arena));
}

void
rescuegen_classic(
    struct rescuegen *book, const char *group, size_t member_count)
{
	static const char *const members[] = { "m-1", "m-2" };

	take(book, group,
	    recordgen_group_key(
		&book->arena, RECORDGEN_CLASSIC, bytes_of(group)),
	    recordgen_classic_value(
		&book->arena, "consumer", members, member_count));
}

void
rescuegen_bury_group(struct rescuegen *book, const char *group)
{
	take(book, group,
	    recordgen_group_key(
		&book->arena, RECORDGEN_CLASSIC, bytes_of(group)),
	    (struct bytes){ 0 });
}

void
rescuegen_gap(struct rescuegen *book, const char *group)
{
	book->next[home_of(book, group)] += 10;
}

size_t
rescuegen_count(struct rescuegen *book)
{
	rescue_findings_release(&book->findings);
	ledger_finish(&book->all);
	rescuefind_run(&book->all, &book->watch, &book->facts, &book->findings);
	return book->findings.count;
}

const struct rescue_finding *
rescuegen_find(struct rescuegen *book, const char *group)
{
	const struct rescue_finding *found = NULL;

	for (size_t at = 0, count = rescuegen_count(book); at < count; at++) {
		const struct rescue_finding *finding = &book->findings.list[at];

		if (!bytes_equal_text(finding->spot->group->name, group))
			continue;
		assert_null(found);
		found = finding;
	}
	assert_non_null(found);
	return found;
}

struct rescue_job
rescuegen_job(struct rescuegen *book, int64_t at_ms)
{
	(void)rescuegen_count(book);
	ledger_finish(&book->then);
	return (struct rescue_job){
		.ledger = at_ms == RESCUE_LAST_KNOWN ? &book->all : &book->then,
		.findings = &book->findings,
		.at_ms = at_ms,
		.start_ms = book->now_ms,
		.end_ms = book->now_ms + 5,
		.partition_count = RESCUEGEN_PARTITIONS,
		.cluster_id = "here",
		.writer = "tidemark test",
		.reason = "",
		.env = &book->env,
	};
}
