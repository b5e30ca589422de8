/*
 * modelorder.h - the canonical order of everything in a snapshot, as
 * comparisons for qsort() and bsearch().  Groups, topics, positions and
 * partitions compare by their name or number alone, points of the time index by
 * the time asked.
 */
#ifndef FORMATS_MODELORDER_H
#define FORMATS_MODELORDER_H

typedef int modelorder_fn(const void *left, const void *right);

int modelorder_group(const void *left, const void *right);
int modelorder_group_topic(const void *left, const void *right);
int modelorder_position(const void *left, const void *right);
int modelorder_topic(const void *left, const void *right);
int modelorder_log_range(const void *left, const void *right);
int modelorder_times(const void *left, const void *right);
int modelorder_partition_times(const void *left, const void *right);
int modelorder_time_point(const void *left, const void *right);
int modelorder_time_gap(const void *left, const void *right);

/* By kind, group, topic, partition, broker, error, text; what names no group
 * or topic comes first.  Holes that compare equal are the same. */
int modelorder_hole(const void *left, const void *right);

/* By group, topic (none first), partition, offset. */
int modelorder_gone(const void *left, const void *right);

#endif /* FORMATS_MODELORDER_H */
