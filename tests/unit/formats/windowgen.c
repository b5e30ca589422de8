/*
 * windowgen.c - see windowgen.h.
 */
#include "tests/unit/formats/windowgen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "tests/unit/formats/modelgen.h"

#define TOPICS 6
#define PARTITIONS 7
#define GROUPS 9

struct log {
	int64_t start;
	int64_t end;
	int32_t epoch;
	bool there;
};

struct mark {
	int64_t offset;
	int32_t epoch;
	bool there;
	bool unstable;
	uint32_t text;
	int64_t commit_ms;
};

struct windowgen {
	uint64_t state;
	bool wild;
	int64_t now_ms;
	size_t step;
	struct log logs[TOPICS][PARTITIONS];
	bool told[TOPICS];
	uint8_t made[TOPICS]; /* how often it was created anew */
	bool topic_there[TOPICS];
	struct mark marks[GROUPS][TOPICS][PARTITIONS];
	bool group_there[GROUPS];
	size_t word[GROUPS];
	size_t type[GROUPS];
	int64_t since[GROUPS];
};

static uint64_t
next_random(struct windowgen *gen)
{
	uint64_t z = gen->state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

static size_t
below(struct windowgen *gen, size_t limit)
{
	return (size_t)(next_random(gen) % limit);
}

static bool
rarely(struct windowgen *gen, size_t of)
{
	return below(gen, of) == 0;
}

struct windowgen *
windowgen_new(uint64_t seed)
{
	struct windowgen *gen = xcalloc(1, sizeof(*gen));

	gen->state = seed;
	gen->now_ms = INT64_C(1764079503123);
	for (size_t i = 0; i < TOPICS; i++) {
		gen->topic_there[i] = i < 4;
		gen->told[i] = true;
		for (size_t j = 0; j < PARTITIONS; j++)
			gen->logs[i][j] = (struct log){ (int64_t)(i * 100),
				(int64_t)(i * 1000 + j), (int32_t)i, j < 4 };
	}
	for (size_t i = 0; i < GROUPS; i++)
		gen->group_there[i] = i < 6;
	return gen;
}

void
windowgen_go_wild(struct windowgen *gen)
{
	gen->wild = true;
	/* At the end of what a log can hold. */
	for (size_t j = 0; j < PARTITIONS; j++)
		gen->logs[1][j].end = INT64_MAX - 300;
}

void
windowgen_free(struct windowgen *gen)
{
	free(gen);
}

static void
flip(struct windowgen *gen, bool *there, size_t to_come, size_t to_go)
{
	*there = *there ? !rarely(gen, to_go) : rarely(gen, to_come);
}

static void
move_logs(struct windowgen *gen)
{
	for (size_t i = 0; i < TOPICS; i++) {
		flip(gen, &gen->topic_there[i], 8, 40);
		gen->told[i] = !rarely(gen, 10);
		if (gen->wild && rarely(gen, 60))
			gen->made[i]++;
		for (size_t j = 0; j < PARTITIONS; j++) {
			struct log *log = &gen->logs[i][j];

			flip(gen, &log->there, 9, 60);
			if (j % 3 != 0)
				log->end =
				    (int64_t)(((uint64_t)log->end +
						  below(gen, 50 * i + 2)) &
					INT64_MAX);
			if (rarely(gen, 12))
				log->start += 3;
			if (rarely(gen, 15))
				log->epoch++;
			if (rarely(gen, 50))
				log->start = log->end = -1;
		}
	}
}

static void
move_mark(struct windowgen *gen, struct mark *mark, const struct log *log,
    size_t habit)
{
	const struct mark before = *mark;

	flip(gen, &mark->there, 5, 40);
	switch (habit % 5) {
	case 0: /* keeps up */
		mark->offset = log->end;
		break;
	case 1: /* a little behind */
		mark->offset = log->end - (int64_t)below(gen, 4);
		break;
	case 2: /* on its own */
		mark->offset += (int64_t)below(gen, 9);
		break;
	case 3: /* far behind, at the same distance */
		mark->offset = log->end - 70000;
		break;
	default: /* still */
		break;
	}
	if (rarely(gen, 70))
		mark->offset = (int64_t)next_random(gen);
	if (rarely(gen, 20))
		mark->epoch = (int32_t)below(gen, 9) - 1;
	if (rarely(gen, 8))
		mark->unstable = !mark->unstable;
	if (rarely(gen, 10))
		mark->text = (uint32_t)below(gen, 30);
	if (mark->offset != before.offset || rarely(gen, 9))
		mark->commit_ms =
		    habit % 2 == 0 ? gen->now_ms - (int64_t)below(gen, 3) : -1;
}

static void
move_groups(struct windowgen *gen)
{
	for (size_t i = 0; i < GROUPS; i++) {
		flip(gen, &gen->group_there[i], 9, 40);
		if (rarely(gen, 6))
			gen->word[i] = below(gen, 5);
		if (rarely(gen, 30))
			gen->type[i] = below(gen, 5);
		if (rarely(gen, 7))
			gen->since[i] = rarely(gen, 2) ? -1 : gen->now_ms - 100;
		for (size_t j = 0; j < TOPICS; j++)
			for (size_t k = 0; k < PARTITIONS; k++)
				move_mark(gen, &gen->marks[i][j][k],
				    &gen->logs[j][k], i + j + k);
	}
}

static struct bytes
name_of(struct arena *arena, const char *what, size_t number)
{
	/* Not in the order in which they come. */
	return bytes_of(
	    arena_format(arena, "%zu-%s\"%zu", number * 5 % 7, what, number));
}

static void
add_topic(struct windowgen *gen, size_t number, struct snapshot *out)
{
	struct topic *topic = &out->topics[out->topic_count++];

	topic->name = name_of(&out->arena, "topic", number);
	topic->has_id = gen->told[number];
	if (topic->has_id)
		memset(topic->id, (int)number + 1 + 16 * gen->made[number],
		    sizeof(topic->id));
	topic->partitions =
	    arena_alloc(&out->arena, PARTITIONS, sizeof(*topic->partitions));
	for (size_t i = 0; i < PARTITIONS; i++) {
		const struct log *log = &gen->logs[number][i];

		if (log->there)
			topic->partitions[topic->count++] =
			    (struct log_range){ (int32_t)i * 3, log->epoch,
				    log->start, log->end };
	}
}

static void
add_positions(struct windowgen *gen, const struct mark *marks,
    struct group_topic *topic, struct arena *arena)
{
	topic->positions =
	    arena_alloc(arena, PARTITIONS, sizeof(*topic->positions));
	(void)gen;
	for (size_t i = 0; i < PARTITIONS; i++) {
		const struct mark *mark = &marks[i];
		char *text;

		if (!mark->there)
			continue;
		text = arena_alloc(arena, mark->text + 1, 1);
		memset(text, (int)(mark->text * 9), mark->text);
		topic->positions[topic->count++] = (struct position){
			.offset = mark->offset,
			.partition = (int32_t)i * 3,
			.epoch = mark->epoch,
			.metadata = text,
			.metadata_size = mark->text,
			.unstable = mark->unstable,
			.commit_ms = mark->commit_ms,
			.expire_ms =
			    mark->commit_ms == -1 ? -1 : mark->commit_ms + 9,
		};
	}
}

static void
add_group(struct windowgen *gen, size_t number, struct snapshot *out)
{
	static const char *const words[] = { "Empty", "Stable",
		"PreparingRebalance", "unknown", "Dead \"so\"" };
	struct group *group = &out->groups[out->group_count++];

	group->name = name_of(&out->arena, "group", number);
	group->type = (enum group_type)gen->type[number];
	group->state = words[gen->word[number]];
	group->protocol_type = gen->word[number] < 3 ? "consumer" : "";
	group->state_ms = gen->since[number];
	group->coordinator = (int32_t)gen->word[number] - 1;
	group->read_start_ms = out->info.from_ms;
	group->read_end_ms = out->info.to_ms;
	group->topics =
	    arena_alloc(&out->arena, TOPICS, sizeof(*group->topics));
	for (size_t i = 0; i < TOPICS; i++) {
		struct group_topic *topic =
		    &group->topics[group->topic_count++];

		topic->topic = name_of(&out->arena, "topic", i);
		add_positions(gen, gen->marks[number][i], topic, &out->arena);
	}
}

static void
add_holes(struct windowgen *gen, struct snapshot *out)
{
	out->holes = arena_alloc(&out->arena, 8, sizeof(*out->holes));
	while (out->hole_count < 8 && rarely(gen, 3)) {
		struct hole *hole = &out->holes[out->hole_count++];

		*hole = (struct hole){ .kind = HOLE_GROUP,
			.has_group = true,
			.group = name_of(&out->arena, "lost", below(gen, 3)),
			.partition = -1,
			.broker = (int32_t)below(gen, 2),
			.text = "no answer" };
	}
}

static void
add_times(struct windowgen *gen, struct snapshot *out)
{
	if (!rarely(gen, 4))
		return;
	modelgen_times(out, 1 + below(gen, 5));
}

void
windowgen_step(struct windowgen *gen, struct snapshot *out)
{
	*out = (struct snapshot){ 0 };
	modelgen_info(out);
	(void)snprintf(out->info.id, sizeof(out->info.id), "%016zx", gen->step);
	out->info.interval_ms = 2500;
	gen->now_ms += (int64_t)below(gen, 5000);
	out->info.from_ms = gen->now_ms;
	gen->now_ms += (int64_t)below(gen, 900);
	out->info.to_ms = gen->now_ms;
	if (gen->step++ > 0)
		move_logs(gen);
	move_groups(gen);
	out->groups = arena_alloc(&out->arena, GROUPS, sizeof(*out->groups));
	out->topics = arena_alloc(&out->arena, TOPICS, sizeof(*out->topics));
	for (size_t i = 0; i < TOPICS; i++) {
		if (gen->topic_there[i])
			add_topic(gen, i, out);
	}
	for (size_t i = 0; i < GROUPS; i++) {
		if (gen->group_there[i])
			add_group(gen, i, out);
	}
	add_holes(gen, out);
	model_sort(out);
	add_times(gen, out);
	model_count(out);
}
