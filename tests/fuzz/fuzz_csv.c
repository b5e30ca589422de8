/*
 * Fuzzes the CSV of Kafka's own tool.  What is accepted is in order, each
 * position once, and nothing in it that could not be committed.
 */
#include <stdint.h>
#include <stdlib.h>

#include "formats/csvread.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
	if (!condition)
		abort();
}

static int
compare(const struct csvread_row *a, const struct csvread_row *b)
{
	int order = bytes_compare(a->group, b->group);

	if (order == 0)
		order = bytes_compare(a->topic, b->topic);
	return order != 0 ? order : (a->partition > b->partition) * 2 - 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes text = { (const char *)data, size };
	struct csvread csv = { 0 };
	struct err err = { 0 };

	if (csvread_parse(text, &csv, &err) != 0)
		require(err.kind == ERR_USAGE);
	else
		for (size_t at = 0; at < csv.count; at++) {
			require(csv.rows[at].topic.size > 0);
			require(csv.rows[at].partition >= 0);
			require(csv.rows[at].offset >= 0);
			require(at == 0 ||
			    compare(&csv.rows[at - 1], &csv.rows[at]) < 0);
		}
	csvread_release(&csv);
	return 0;
}
