/*
 * Which partition of the offsets topic a group belongs to, as the broker
 * computes it: Utils.abs(groupId.hashCode()) % count (kafka.md 4).
 */
#include <stdint.h>

#include "common/utf8.h"
#include "kafka/cluster.h"

static uint32_t
add_unit(uint32_t hash, uint32_t unit)
{
	return hash * 31 + unit;
}

int32_t
coordinator_partition(struct bytes group, int32_t partition_count)
{
	uint32_t hash = 0;
	const char *at = group.data;
	const char *const end = group.size > 0 ? group.data + group.size : at;

	if (partition_count <= 0)
		return -1;
	while (at < end) {
		const int32_t next = utf8_next(&at, end);
		const uint32_t point = next < 0 ? 0xfffdU : (uint32_t)next;
		if (point < 0x10000U) {
			hash = add_unit(hash, point);
			continue;
		}
		hash = add_unit(hash, 0xd800U + ((point - 0x10000U) >> 10));
		hash = add_unit(hash, 0xdc00U + ((point - 0x10000U) & 0x3ffU));
	}
	/* Kafka's abs: of the least integer it is 0, not itself. */
	if (hash == UINT32_C(0x80000000))
		return 0;
	if (hash > UINT32_C(0x80000000))
		hash = 0U - hash;
	return (int32_t)(hash % (uint32_t)partition_count);
}
