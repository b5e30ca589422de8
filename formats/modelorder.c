/*
 * modelorder.c - see modelorder.h.
 */
#include "formats/modelorder.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "formats/model.h"

static int
compare_i64(int64_t left, int64_t right)
{
	return (left > right) - (left < right);
}

/* A name that may be missing: none comes before any. */
static int
compare_optional(
    bool has_left, struct bytes left, bool has_right, struct bytes right)
{
	if (!has_left || !has_right)
		return compare_i64(has_left, has_right);
	return bytes_compare(left, right);
}

int
modelorder_group(const void *left, const void *right)
{
	const struct group *a = left;
	const struct group *b = right;

	return bytes_compare(a->name, b->name);
}

int
modelorder_group_topic(const void *left, const void *right)
{
	const struct group_topic *a = left;
	const struct group_topic *b = right;

	return bytes_compare(a->topic, b->topic);
}

int
modelorder_position(const void *left, const void *right)
{
	const struct position *a = left;
	const struct position *b = right;

	return compare_i64(a->partition, b->partition);
}

int
modelorder_topic(const void *left, const void *right)
{
	const struct topic *a = left;
	const struct topic *b = right;

	return bytes_compare(a->name, b->name);
}

int
modelorder_log_range(const void *left, const void *right)
{
	const struct log_range *a = left;
	const struct log_range *b = right;

	return compare_i64(a->partition, b->partition);
}

int
modelorder_times(const void *left, const void *right)
{
	const struct topic_times *a = left;
	const struct topic_times *b = right;

	return bytes_compare(a->topic, b->topic);
}

int
modelorder_partition_times(const void *left, const void *right)
{
	const struct partition_times *a = left;
	const struct partition_times *b = right;

	return compare_i64(a->partition, b->partition);
}

int
modelorder_time_point(const void *left, const void *right)
{
	const struct time_point *a = left;
	const struct time_point *b = right;

	return compare_i64(a->asked_ms, b->asked_ms);
}

int
modelorder_time_gap(const void *left, const void *right)
{
	const struct time_gap *a = left;
	const struct time_gap *b = right;

	return compare_i64(a->partition, b->partition);
}

int
modelorder_hole(const void *left, const void *right)
{
	const struct hole *a = left;
	const struct hole *b = right;
	int order = compare_i64((int64_t)a->kind, (int64_t)b->kind);

	if (order == 0)
		order = compare_optional(
		    a->has_group, a->group, b->has_group, b->group);
	if (order == 0)
		order = compare_optional(
		    a->has_topic, a->topic, b->has_topic, b->topic);
	if (order == 0)
		order = compare_i64(a->partition, b->partition);
	if (order == 0)
		order = compare_i64(a->broker, b->broker);
	if (order == 0)
		order = compare_i64(a->error, b->error);
	if (order == 0)
		order = strcmp(a->text, b->text);
	return order;
}

int
modelorder_gone(const void *left, const void *right)
{
	const struct gone *a = left;
	const struct gone *b = right;
	int order = bytes_compare(a->group, b->group);

	if (order == 0)
		order = compare_optional(
		    a->has_topic, a->topic, b->has_topic, b->topic);
	if (order == 0)
		order = compare_i64(a->partition, b->partition);
	if (order == 0)
		order = compare_i64(a->offset, b->offset);
	return order;
}
