/*
 * csvcheck.c - see csvcheck.h.
 */
#include "formats/csvcheck.h"

#include <stdbool.h>
#include <string.h>

#include "formats/offsetcsv.h"

#define ROWS_SIZE ((size_t)64 << 10)

/* Make the next rows; false if there are none left. */
static bool
refill(struct csvcheck *check)
{
	const struct snapshot *snapshot = check->snapshot;

	buf_clear(&check->rows);
	check->used = 0;
	while (check->rows.size == 0 && check->group < snapshot->group_count) {
		const struct group *group = &snapshot->groups[check->group];

		if (check->topic == group->topic_count) {
			check->group++;
			check->topic = 0;
			continue;
		}
		offsetcsv_add_rows(group->name, &group->topics[check->topic],
		    &check->position, ROWS_SIZE, &check->rows);
		check->row_group = check->group;
		if (check->position == group->topics[check->topic].count) {
			check->topic++;
			check->position = 0;
		}
	}
	return check->rows.size > 0;
}

/* Make sure that there is something expected. */
static bool
has_rows(struct csvcheck *check)
{
	return check->used < check->rows.size || refill(check);
}

int
csvcheck_member(struct csvcheck *check, struct bytes content, struct err *err)
{
	bool first = true;

	check->first = (struct bytes){ 0 };
	while (content.size > 0) {
		size_t size;

		if (!has_rows(check))
			return err_set(
			    err, ERR_CORRUPT, "more rows than the groups have");
		if (first)
			check->first =
			    check->snapshot->groups[check->row_group].name;
		first = false;
		size = check->rows.size - check->used;
		if (size > content.size)
			size = content.size;
		if (memcmp(content.data, check->rows.data + check->used,
			size) != 0)
			return err_set(err, ERR_CORRUPT,
			    "rows that disagree with the groups");
		check->used += size;
		content.data += size;
		content.size -= size;
	}
	return 0;
}

int
csvcheck_finish(struct csvcheck *check, struct err *err)
{
	if (has_rows(check))
		return err_set(
		    err, ERR_CORRUPT, "rows that the groups have are missing");
	return 0;
}

void
csvcheck_release(struct csvcheck *check)
{
	buf_release(&check->rows);
}
