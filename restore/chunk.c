#include "restore/chunk.h"

#include "kafka/cluster.h"

/*
 * Key: version 2, group and topic with 2 of length each, partition 4.  Value
 * (v4): version 2, offset 8, epoch 4, metadata with 2 of length, commit time 8,
 * topic id with tags 19.  Record: varints and attributes, at most 30.
 */
#define ROW_OVERHEAD 128

size_t
chunk_row_size(struct bytes group, const struct commit_row *row)
{
	return group.size + row->topic.size + row->metadata.size + ROW_OVERHEAD;
}
