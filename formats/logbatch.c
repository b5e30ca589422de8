/*
 * logbatch.c - see logbatch.h.
 */
#include "formats/logbatch.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "formats/bigendian.h"
#include "formats/logcodec.h"

/* Where the fields of a header stand. */
#define LENGTH_AT 8
#define EPOCH_AT 12
#define MAGIC_AT 16
#define CRC_AT 17
#define ATTRIBUTES_AT 21
#define LAST_DELTA_AT 23
#define BASE_TIME_AT 27
#define MAX_TIME_AT 35
#define PRODUCER_AT 43
#define COUNT_AT 57
#define HEADER_SIZE 61

/* What the length does not count: the offset and itself. */
#define PREFIX_SIZE 12
#define LENGTH_MIN (HEADER_SIZE - PREFIX_SIZE)

/* The least of a message of magic 0: checksum, magic, attributes, and the
 * lengths of key and value; and where its checksum begins to count. */
#define OLD_LENGTH_MIN 14
#define OLD_CRC_AT 12

#define ATTRIBUTE_CODEC 0x07U
#define ATTRIBUTE_APPEND_TIME 0x08U
#define ATTRIBUTE_TRANSACTIONAL 0x10U
#define ATTRIBUTE_CONTROL 0x20U
#define ATTRIBUTE_KNOWN 0x7FU /* with the delete horizon, 0x40 */

/* Length, attributes, two deltas, two lengths, number of headers. */
#define RECORD_SIZE_MIN 7

#define MAGIC 2

#define OFFSET_MAX (INT64_MAX - 1)

const char *
logbatch_fault_text(
    const struct logbatch_damage *damage, char out[LOGBATCH_FAULT_MAX])
{
	const long long number = damage->number;
	const char *text = "";

	switch (damage->fault) {
	case LOGBATCH_CUT_SHORT:
		(void)snprintf(out, LOGBATCH_FAULT_MAX,
		    "it is cut short: it should have %lld bytes", number);
		return out;
	case LOGBATCH_BAD_LENGTH:
		(void)snprintf(out, LOGBATCH_FAULT_MAX,
		    "no batch has a length of %lld", number);
		return out;
	case LOGBATCH_BAD_OFFSET:
		(void)snprintf(out, LOGBATCH_FAULT_MAX,
		    "its offset, %lld, is out of order", number);
		return out;
	case LOGBATCH_OLD_MAGIC:
		(void)snprintf(out, LOGBATCH_FAULT_MAX,
		    "messages of before Kafka 0.11 (magic %lld) are not "
		    "supported",
		    number);
		return out;
	case LOGBATCH_UNKNOWN_MAGIC:
		(void)snprintf(
		    out, LOGBATCH_FAULT_MAX, "magic %lld is not known", number);
		return out;
	case LOGBATCH_BAD_CHECKSUM:
		text = "its checksum is wrong";
		break;
	case LOGBATCH_BAD_HEADER:
		text = "its header contradicts itself";
		break;
	case LOGBATCH_GIVEN_UP:
		text = "too much of it looks like a batch and is none";
		break;
	}
	(void)snprintf(out, LOGBATCH_FAULT_MAX, "%s", text);
	return out;
}

void
logbatch_scan_init(
    struct logbatch_scan *scan, uint64_t size, int64_t base_offset)
{
	*scan = (struct logbatch_scan){ 0 };
	scan->size = size;
	scan->next_offset = base_offset;
	/* Kafka indexes a segment by offsets relative to its first; and one
	 * more than the last has to be a number. */
	scan->last_offset = base_offset > OFFSET_MAX - INT32_MAX
	    ? OFFSET_MAX
	    : base_offset + INT32_MAX;
	crc32c_init(&scan->crc);
}

/* A batch with its header, as the length field of either format tells. */
static uint64_t
whole_size(const char *at)
{
	return PREFIX_SIZE + (uint64_t)bigendian_u32(at + LENGTH_AT);
}

static int64_t
last_offset_of(const char *at)
{
	const int64_t base = bigendian_i64(at);
	const int32_t delta = bigendian_i32(at + LAST_DELTA_AT);

	return base > INT64_MAX - INT32_MAX ? INT64_MAX : base + delta;
}

static bool
has_sane_length(const char *at)
{
	const int32_t length = bigendian_i32(at + LENGTH_AT);

	return length >= LENGTH_MIN &&
	    (uint32_t)length <= LOGBATCH_SIZE_MAX - PREFIX_SIZE;
}

/* Whether the fields of a header agree with each other. */
static bool
is_consistent(const char *at)
{
	const int32_t delta = bigendian_i32(at + LAST_DELTA_AT);
	const int32_t count = bigendian_i32(at + COUNT_AT);
	const unsigned int attributes =
	    (unsigned int)bigendian_i16(at + ATTRIBUTES_AT);
	const uint64_t room = whole_size(at) - HEADER_SIZE;

	return bigendian_i64(at) >= 0 && delta >= 0 && count >= 0 &&
	    count - 1 <= delta &&
	    ((attributes & ATTRIBUTE_CODEC) != LOGCODEC_NONE ||
		(uint64_t)count * RECORD_SIZE_MIN <= room);
}

/* Whether a header stands here, as far as one can tell without a checksum. */
static bool
looks_like_header(const struct logbatch_scan *scan, const char *at)
{
	const unsigned int attributes =
	    (uint16_t)bigendian_i16(at + ATTRIBUTES_AT);

	return at[MAGIC_AT] == MAGIC && has_sane_length(at) &&
	    (attributes & ~ATTRIBUTE_KNOWN) == 0 && is_consistent(at) &&
	    bigendian_i64(at) >= scan->next_offset &&
	    last_offset_of(at) <= scan->last_offset;
}

static bool
has_right_checksum(const struct logbatch_scan *scan, const char *at)
{
	return crc32c_of(&scan->crc, at + ATTRIBUTES_AT,
		   (size_t)whole_size(at) - ATTRIBUTES_AT) ==
	    bigendian_u32(at + CRC_AT);
}

static bool
is_zero(const char *at, size_t size)
{
	return size == 0 || (*at == 0 && memcmp(at, at + 1, size - 1) == 0);
}

static enum logbatch_step
ask_for(struct logbatch_scan *scan, uint64_t size)
{
	const uint64_t rest = scan->size - scan->position;

	scan->need = (size_t)(size < rest ? size : rest);
	return LOGBATCH_MORE;
}

/* Whether the window holds so many bytes, or all that there are. */
static bool
has(const struct logbatch_scan *scan, struct bytes window, uint64_t size)
{
	return window.size >= size ||
	    window.size >= scan->size - scan->position;
}

/* Pass over size bytes that are damaged. */
static enum logbatch_step
pass_over(struct logbatch_scan *scan, uint64_t size)
{
	scan->damage.size = size;
	scan->position = scan->damage.position + size;
	scan->is_searching = false;
	return LOGBATCH_DAMAGE;
}

static void
set_fault(struct logbatch_scan *scan, enum logbatch_fault fault, int64_t number)
{
	scan->damage = (struct logbatch_damage){
		.fault = fault,
		.number = number,
		.position = scan->position,
	};
}

/* Nothing but rest is left to be searched, or the search is given up. */
static enum logbatch_step
end_search(struct logbatch_scan *scan, struct bytes rest)
{
	const uint64_t size = scan->size - scan->damage.position;

	if (scan->searched > LOGBATCH_SEARCH_MAX) {
		scan->damage.fault = LOGBATCH_GIVEN_UP;
		return pass_over(scan, size);
	}
	if (!scan->is_zero || !is_zero(rest.data, rest.size))
		return pass_over(scan, size);
	scan->position = scan->size;
	scan->is_searching = false;
	return LOGBATCH_END;
}

/* What stands at a place that has room for a header. */
enum candidate {
	CANDIDATE_NONE,
	CANDIDATE_BATCH,
	CANDIDATE_UNSEEN, /* the window does not hold all of it */
};

static enum candidate
look(struct logbatch_scan *scan, struct bytes rest)
{
	const uint64_t size = whole_size(rest.data);

	if (!looks_like_header(scan, rest.data) ||
	    size > scan->size - scan->position)
		return CANDIDATE_NONE;
	if (rest.size < size)
		return CANDIDATE_UNSEEN;
	if (has_right_checksum(scan, rest.data))
		return CANDIDATE_BATCH;
	scan->searched += size;
	return CANDIDATE_NONE;
}

/*
 * Look for the next batch.  scan->position is where the search has come to;
 * nothing before it is one.
 */
static enum logbatch_step
search(struct logbatch_scan *scan, struct bytes rest)
{
	for (;;) {
		enum candidate found;

		if (!has(scan, rest, HEADER_SIZE))
			return ask_for(scan, HEADER_SIZE);
		if (rest.size < HEADER_SIZE ||
		    scan->searched > LOGBATCH_SEARCH_MAX)
			return end_search(scan, rest);
		found = look(scan, rest);
		if (found == CANDIDATE_UNSEEN)
			return ask_for(scan, whole_size(rest.data));
		if (found == CANDIDATE_BATCH)
			return pass_over(
			    scan, scan->position - scan->damage.position);
		scan->is_zero = scan->is_zero && *rest.data == 0;
		scan->position++;
		rest.data++;
		rest.size--;
	}
}

/* Begin a search behind the place that is no batch. */
static enum logbatch_step
begin_search(struct logbatch_scan *scan, struct bytes window)
{
	scan->is_searching = true;
	scan->is_zero = *window.data == 0;
	scan->position++;
	window.data++;
	window.size--;
	return search(scan, window);
}

/* Whether what stands behind a batch says that its length is right. */
static bool
is_followed(const struct logbatch_scan *scan, struct bytes behind)
{
	if (behind.size < HEADER_SIZE)
		return is_zero(behind.data, behind.size);
	return is_zero(behind.data, HEADER_SIZE) ||
	    looks_like_header(scan, behind.data);
}

/*
 * Whether the offset can be right.  One that jumps ahead is wrong if the batch
 * behind goes on before it.
 */
static bool
is_in_order(
    const struct logbatch_scan *scan, const char *at, struct bytes behind)
{
	const int64_t base = bigendian_i64(at);
	const int64_t last = last_offset_of(at);

	if (base < scan->next_offset || last > scan->last_offset)
		return false;
	return base == scan->next_offset || behind.size < HEADER_SIZE ||
	    !looks_like_header(scan, behind.data) ||
	    bigendian_i64(behind.data) > last;
}

static void
fill(const struct logbatch_scan *scan, const char *at, struct logbatch *out)
{
	const unsigned int attributes =
	    (uint16_t)bigendian_i16(at + ATTRIBUTES_AT);
	const size_t size = (size_t)whole_size(at);

	*out = (struct logbatch){
		.position = scan->position,
		.size = size,
		.base_offset = bigendian_i64(at),
		.last_offset = last_offset_of(at),
		.leader_epoch = bigendian_i32(at + EPOCH_AT),
		.record_count = bigendian_i32(at + COUNT_AT),
		.codec = attributes & ATTRIBUTE_CODEC,
		.is_append_time = (attributes & ATTRIBUTE_APPEND_TIME) != 0,
		.is_transactional = (attributes & ATTRIBUTE_TRANSACTIONAL) != 0,
		.is_control = (attributes & ATTRIBUTE_CONTROL) != 0,
		.base_ms = bigendian_i64(at + BASE_TIME_AT),
		.max_ms = bigendian_i64(at + MAX_TIME_AT),
		.producer_id = bigendian_i64(at + PRODUCER_AT),
		.content = { at + HEADER_SIZE, size - HEADER_SIZE },
	};
}

/* A message set of before Kafka 0.11 whose first checksum is right. */
static bool
is_old(const char *at)
{
	const uint64_t size = whole_size(at);

	return (at[MAGIC_AT] == 0 || at[MAGIC_AT] == 1) &&
	    crc32(0, (const Bytef *)at + MAGIC_AT, (uInt)size - MAGIC_AT) ==
	    bigendian_u32(at + OLD_CRC_AT);
}

/* A place that holds as many bytes as it tells, and those behind it. */
static enum logbatch_step
judge_whole(
    struct logbatch_scan *scan, struct bytes window, struct logbatch *out)
{
	const char *at = window.data;
	const size_t size = (size_t)whole_size(at);
	const struct bytes behind = { at + size, window.size - size };

	if (is_old(at)) {
		set_fault(scan, LOGBATCH_OLD_MAGIC, at[MAGIC_AT]);
		return pass_over(scan, size);
	}
	if (at[MAGIC_AT] != MAGIC) {
		set_fault(scan, LOGBATCH_UNKNOWN_MAGIC, at[MAGIC_AT]);
		return is_followed(scan, behind) ? pass_over(scan, size)
						 : begin_search(scan, window);
	}
	if (!has_right_checksum(scan, at)) {
		set_fault(scan, LOGBATCH_BAD_CHECKSUM, 0);
		return is_followed(scan, behind) ? pass_over(scan, size)
						 : begin_search(scan, window);
	}
	if (!is_consistent(at)) {
		set_fault(scan, LOGBATCH_BAD_HEADER, 0);
		return pass_over(scan, size);
	}
	if (!is_in_order(scan, at, behind)) {
		set_fault(scan, LOGBATCH_BAD_OFFSET, bigendian_i64(at));
		return pass_over(scan, size);
	}
	fill(scan, at, out);
	scan->position += size;
	scan->next_offset = out->last_offset + 1;
	return LOGBATCH_FOUND;
}

enum logbatch_step
logbatch_scan_next(
    struct logbatch_scan *scan, struct bytes window, struct logbatch *out)
{
	const uint64_t rest =
	    scan->position < scan->size ? scan->size - scan->position : 0;
	const char *at = window.data;
	uint64_t size;
	bool is_long_enough;

	if (scan->is_searching)
		return search(scan, window);
	if (rest == 0)
		return LOGBATCH_END;
	if (!has(scan, window, HEADER_SIZE))
		return ask_for(scan, HEADER_SIZE);
	if (rest < PREFIX_SIZE + OLD_LENGTH_MIN) {
		set_fault(
		    scan, LOGBATCH_CUT_SHORT, PREFIX_SIZE + OLD_LENGTH_MIN);
		return begin_search(scan, window);
	}
	size = whole_size(at);
	is_long_enough = at[MAGIC_AT] == 0 || at[MAGIC_AT] == 1
	    ? size >= PREFIX_SIZE + OLD_LENGTH_MIN
	    : size >= HEADER_SIZE;
	if (!is_long_enough || size > LOGBATCH_SIZE_MAX) {
		set_fault(
		    scan, LOGBATCH_BAD_LENGTH, bigendian_i32(at + LENGTH_AT));
		return begin_search(scan, window);
	}
	if (size > rest) {
		set_fault(scan, LOGBATCH_CUT_SHORT, (int64_t)size);
		return begin_search(scan, window);
	}
	if (!has(scan, window, size + HEADER_SIZE))
		return ask_for(scan, size + HEADER_SIZE);
	return judge_whole(scan, window, out);
}
