/*
 * Size, speed and memory of windows without a cluster: 360 captures of 100,000
 * and of 1,000,000 positions on one core.
 *
 * The model is that of the measurements behind the format, in a modest version:
 * rates of topics are heavy-tailed and a third of them idle, partitions differ,
 * groups commit every 1 to 60 s at a phase of their own, most are at the end
 * when they do, some are always behind, a third of the positions belong to
 * groups that stopped.  About 15 % of the positions change from one capture to
 * the next.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/xalloc.h"
#include "formats/archive.h"
#include "formats/archive_piece.h"
#include "formats/windowbuild.h"
#include "tests/unit/formats/modelgen.h"

#define CAPTURES 360
#define INTERVAL_MS 10000
#define SMALL 10000 /* positions, for comparing with others */

struct source {
	double rate; /* records a second */
	double end;
};

struct reader {
	double interval; /* seconds between commits, 0: it stopped */
	double next;
	int64_t behind;
};

static uint64_t state = 7;

static uint64_t
next_random(void)
{
	uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

static double
uniform(void)
{
	return (double)(next_random() >> 11) / (double)(UINT64_C(1) << 53);
}

static void
fail(const struct err *err)
{
	(void)fprintf(stderr, "%s\n", err->message);
	exit(1);
}

static double
seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Heavy-tailed: half of them have one in 100 s, few have hundreds a second. */
static double
draw_rate(void)
{
	double normal = -6;
	double rate;

	for (int i = 0; i < 12; i++)
		normal += uniform();
	rate = 0.01 * exp(4 * normal);
	if (uniform() < 0.35)
		return 0;
	return rate > 1000 ? 1000 : rate;
}

static double
draw_interval(void)
{
	static const double intervals[] = { 1, 5, 5, 5, 10, 30, 60, 60 };

	if (uniform() < 0.3)
		return 0;
	return intervals[next_random() % 8];
}

/* As many partitions as a cluster has with so many positions: about 9,000, and
 * 19,000 for a million. */
static void
share_topics(struct snapshot *snapshot, size_t positions)
{
	const size_t sharing = positions < 500000 ? 2 : 10;

	for (size_t i = 0; i < snapshot->group_count; i++) {
		struct group *group = &snapshot->groups[i];
		const size_t first = group->topic_count > 1 ? i / sharing : 0;

		for (size_t j = 0; j < group->topic_count; j++) {
			const struct topic *topic =
			    &snapshot->topics[first + j];

			group->topics[j].topic = topic->name;
			for (size_t k = 0; k < topic->count; k++)
				group->topics[j].positions[k].offset =
				    topic->partitions[k].end;
		}
	}
	snapshot->topic_count = (snapshot->group_count - 1) / sharing + 5;
	model_sort(snapshot);
	model_count(snapshot);
}

static void
make_sources(struct snapshot *snapshot, struct source *sources)
{
	size_t at = 0;

	for (size_t i = 0; i < snapshot->topic_count; i++) {
		struct topic *topic = &snapshot->topics[i];
		const double rate = draw_rate();

		for (size_t j = 0; j < topic->count; j++, at++) {
			sources[at].rate = rate * (0.5 + uniform());
			sources[at].end = (double)topic->partitions[j].end;
		}
	}
}

static void
move_sources(struct snapshot *snapshot, struct source *sources)
{
	size_t at = 0;

	for (size_t i = 0; i < snapshot->topic_count; i++) {
		struct topic *topic = &snapshot->topics[i];

		for (size_t j = 0; j < topic->count; j++, at++) {
			const double mean =
			    sources[at].rate * (INTERVAL_MS / 1000.0);
			const double spread =
			    sqrt(mean) * (uniform() + uniform() - 1) * 2;

			if (mean > 20)
				sources[at].end += mean + spread;
			else if (mean > 0)
				sources[at].end +=
				    floor(mean + uniform());
			topic->partitions[j].end = (int64_t)sources[at].end;
		}
	}
}

static void
move_groups(struct snapshot *snapshot, const struct source *sources,
    struct reader *readers, double now)
{
	for (size_t i = 0; i < snapshot->group_count; i++) {
		struct group *group = &snapshot->groups[i];
		struct reader *reader = &readers[i];
		double since;

		if (reader->interval == 0 || reader->next > now)
			continue;
		while (reader->next <= now)
			reader->next += reader->interval * (0.9 + uniform() * 0.2);
		/* What came since it committed. */
		since = now - (reader->next - reader->interval);
		since = since < 0 ? 0 : since;
		for (size_t j = 0; j < group->topic_count; j++) {
			struct group_topic *on = &group->topics[j];
			const struct topic *topic =
			    model_find_topic(snapshot, on->topic);
			const struct source *from = sources +
			    (size_t)(topic - snapshot->topics) * on->count;

			for (size_t k = 0; k < on->count; k++) {
				const int64_t end = topic->partitions[k].end;
				int64_t lag =
				    (int64_t)(from[k].rate * since *
					(0.5 + uniform()));

				if (reader->behind > 0)
					lag += (int64_t)(next_random() %
					    (uint64_t)reader->behind);

				if (end - lag > on->positions[k].offset)
					on->positions[k].offset = end - lag;
			}
		}
	}
}

static struct reader *
make_readers(const struct snapshot *snapshot)
{
	struct reader *readers =
	    xcalloc(snapshot->group_count, sizeof(*readers));

	for (size_t i = 0; i < snapshot->group_count; i++) {
		readers[i].interval = draw_interval();
		readers[i].next = uniform() * 60;
		if (uniform() < 0.2)
			readers[i].behind =
			    (int64_t)(1 + uniform() * uniform() * 500);
	}
	return readers;
}

static struct windowbuild *
fill(struct snapshot *snapshot, double *adding)
{
	struct source *sources =
	    xcalloc(snapshot->info.partition_count, sizeof(*sources));
	struct reader *readers = make_readers(snapshot);
	struct windowbuild *window;

	make_sources(snapshot, sources);
	snapshot->info.from_ms -= snapshot->info.from_ms % 86400000;
	snapshot->info.to_ms = snapshot->info.from_ms + 900;
	window_of_one(snapshot);
	window = windowbuild_new(snapshot);
	for (size_t i = 1; i < CAPTURES; i++) {
		enum window_verdict verdict;
		double begin;

		move_sources(snapshot, sources);
		move_groups(snapshot, sources, readers,
		    (double)i * (INTERVAL_MS / 1000.0));
		snapshot->info.from_ms += INTERVAL_MS;
		snapshot->info.to_ms += INTERVAL_MS;
		begin = seconds();
		verdict = windowbuild_add(window, snapshot);
		if (verdict != WINDOW_TAKEN) {
			(void)fprintf(stderr, "capture %zu: %s\n", i,
			    window_verdict_text(verdict));
			exit(1);
		}
		*adding += seconds() - begin;
	}
	free(sources);
	free(readers);
	return window;
}

/* A store that counts what is read from it. */
struct counted {
	struct bytes archive;
	size_t reads;
	size_t bytes;
};

static int
read_counted(
    void *context, uint64_t from, size_t size, struct buf *out, struct err *err)
{
	struct counted *counted = context;

	(void)err;
	counted->reads++;
	counted->bytes += size;
	buf_add(out, counted->archive.data + from, size);
	return 0;
}

static void
bench_piece(struct bytes archive)
{
	struct counted counted = { archive, 1, ARCHIVE_PIECE_END };
	const struct archive_source source = { archive.size,
		{ archive.data + archive.size - ARCHIVE_PIECE_END,
		    ARCHIVE_PIECE_END },
		read_counted, &counted };
	const struct bytes name = bytes_of(MODELGEN_LARGE_SINGLE);
	const struct archive_wanted wanted = { .groups = &name,
		.group_count = 1,
		.capture = { .how = CAPTURE_NUMBER, .number = CAPTURES / 2 } };
	struct snapshot piece = { 0 };
	struct err err = { 0 };
	const double begin = seconds();

	if (archive_decode_groups(&source, &wanted, &piece, &err) != 0)
		fail(&err);
	(void)printf("                    one group of one topic: %zu ranged "
		     "reads (4), %zu bytes, %.1f ms\n",
	    counted.reads, counted.bytes, (seconds() - begin) * 1e3);
	snapshot_release(&piece);
}

/* For bench_series.py, which measures the peers on the same data. */
static int
write_window(size_t count, const char *path)
{
	struct snapshot snapshot;
	struct windowbuild *window;
	struct buf archive = { 0 };
	struct snapshot_info info;
	struct err err = { 0 };
	double adding = 0;
	FILE *file = fopen(path, "wb");
	size_t written;

	if (file == NULL)
		return 1;
	modelgen_large(&snapshot, count);
	share_topics(&snapshot, count);
	window = fill(&snapshot, &adding);
	if (windowbuild_encode(window, &archive, &info, &err) != 0)
		fail(&err);
	written = fwrite(archive.data, 1, archive.size, file);
	windowbuild_free(window);
	snapshot_release(&snapshot);
	buf_release(&archive);
	return fclose(file) != 0 || written == 0;
}

static void
bench(size_t positions)
{
	struct snapshot snapshot;
	struct snapshot decoded = { 0 };
	struct windowbuild *window;
	struct buf archive = { 0 };
	struct snapshot_info info;
	struct rusage usage;
	struct err err = { 0 };
	double adding = 0;
	double encoding;
	double reading;
	double samples;
	double changes;
	size_t memory;

	modelgen_large(&snapshot, positions);
	share_topics(&snapshot, positions);
	window = fill(&snapshot, &adding);
	memory = windowbuild_memory(window);
	encoding = seconds();
	if (windowbuild_encode(window, &archive, &info, &err) != 0)
		fail(&err);
	encoding = seconds() - encoding;
	(void)getrusage(RUSAGE_SELF, &usage);
	samples = (double)info.position_count * CAPTURES;
	changes = (double)info.window.change_count;
	windowbuild_free(window);
	snapshot_release(&snapshot);
	reading = seconds();
	if (archive_decode(buf_bytes(&archive), &decoded, &err) != 0)
		fail(&err);
	reading = seconds() - reading;
	(void)printf(
	    "%9zu positions, %d captures, %.1f %% change: %.3f B/change (%s), "
	    "write %.0f M samples/s (120), read %.0f M, %.1f ms a capture, "
	    "window %zu MB, process %ld MB (%s)\n",
	    positions, CAPTURES, changes / samples * 100,
	    (double)archive.size / changes,
	    positions < 500000 ? "1.35" : "1.15", samples / encoding / 1e6,
	    samples / reading / 1e6, adding / CAPTURES * 1e3, memory >> 20,
	    usage.ru_maxrss / 1024, positions < 500000 ? "64" : "256");
	snapshot_release(&decoded);
	bench_piece(buf_bytes(&archive));
	buf_release(&archive);
}

/* Each in a process of its own, whose memory is measured. */
int
main(int argc, char **argv)
{
	static const size_t sizes[] = { 100000, 1000000 };

	if (argc == 2)
		return write_window(SMALL, argv[1]);
	for (size_t i = 0; i < 2; i++) {
		int status = 0;
		const pid_t child = fork();

		if (child == 0) {
			bench(sizes[i]);
			return 0;
		}
		if (child < 0 || waitpid(child, &status, 0) != child ||
		    status != 0)
			return 1;
	}
	return 0;
}
