/*
 * Speed and size of the archive codec without a cluster: one capture of 100,000
 * and of 1,000,000 positions, on one core.  Names and offsets are of the kinds
 * that real clusters have; the same numbers in every run.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "formats/archive.h"
#include "formats/archive_piece.h"
#include "tests/unit/formats/modelgen.h"

static double
seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
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
		.group_count = 1 };
	struct snapshot piece = { 0 };
	struct err err = { 0 };
	const double begin = seconds();

	if (archive_decode_groups(&source, &wanted, &piece, &err) != 0)
		exit(1);
	(void)printf("                    one group of one topic: %zu ranged "
		     "reads (3), %zu bytes (200 K), %.1f ms\n",
	    counted.reads, counted.bytes, (seconds() - begin) * 1e3);
	snapshot_release(&piece);
}

static void
bench(size_t positions)
{
	struct snapshot snapshot;
	struct snapshot decoded = { 0 };
	struct buf archive = { 0 };
	struct rusage usage;
	struct err err = { 0 };
	double begin;
	double written;
	double read;

	modelgen_large(&snapshot, positions);
	begin = seconds();
	if (archive_encode(&snapshot, &archive, &err) != 0)
		exit(1);
	written = seconds() - begin;
	snapshot_release(&snapshot);
	begin = seconds();
	if (archive_decode(buf_bytes(&archive), &decoded, &err) != 0)
		exit(1);
	read = seconds() - begin;
	(void)getrusage(RUSAGE_SELF, &usage);
	(void)printf("%9zu positions: write %5.2f M/s (3), read %5.2f M/s (5), "
		     "%5.2f B/position (14), %ld MB\n",
	    positions, (double)positions / written / 1e6,
	    (double)positions / read / 1e6,
	    (double)archive.size / (double)positions, usage.ru_maxrss / 1024);
	snapshot_release(&decoded);
	if (archive.size > ARCHIVE_PIECE_END)
		bench_piece(buf_bytes(&archive));
	buf_release(&archive);
}

/* An archive for others to be measured on. */
static int
write_archive(const char *path)
{
	struct snapshot snapshot;
	struct buf archive = { 0 };
	struct err err = { 0 };
	FILE *file = fopen(path, "wb");
	bool written;

	modelgen_large(&snapshot, 1000000);
	if (file == NULL || archive_encode(&snapshot, &archive, &err) != 0)
		return 1;
	snapshot_release(&snapshot);
	written = fwrite(archive.data, 1, archive.size, file) == archive.size;
	buf_release(&archive);
	return fclose(file) == 0 && written ? 0 : 1;
}

int
main(int argc, char **argv)
{
	if (argc == 2)
		return write_archive(argv[1]);
	bench(100000);
	bench(1000000);
	return 0;
}
