/*
 * windowindex.c - see windowindex.h.
 */
#include "formats/windowindex.h"

bool
windowindex_number(const struct snapshot_info *info, size_t *number)
{
	const struct snapshot_window *window = &info->window;
	size_t begun = 0;

	while (begun < window->count &&
	    window->captures[begun].start_ms <= info->index_ms)
		begun++;
	*number = begun == 0 ? 0 : begun - 1;
	return info->index_points > 0 && begun > 0;
}

bool
windowindex_choice(const struct snapshot_info *info, struct capture_choice *out)
{
	size_t number;

	*out = (struct capture_choice){ .how = CAPTURE_LAST };
	if (!windowindex_number(info, &number) || number == info->window.number)
		return false;
	/* By its time, which stays when captures are dropped. */
	out->how = CAPTURE_BEFORE;
	out->at_ms = info->window.captures[number].end_ms;
	return true;
}
