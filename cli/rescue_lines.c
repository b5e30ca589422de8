#include "cli/rescue_lines.h"

#include <stdlib.h>
#include <string.h>

#include "cli/context.h"
#include "cli/output.h"
#include "cli/rescue_text.h"
#include "common/timetext.h"
#include "common/xalloc.h"

/* So many times are offered one by one; more are easier all at once. */
#define TIMES_MAX 5
/* So many groups in one line, and of one time. */
#define GROUPS_MAX 20
#define LISTED_MAX 200
/* Behind a line that puts a group forward (as diff has it). */
#define ALLOW_SKIP " --allow-skip"
/* Groups of which only a part is concerned. */
#define PARTS_MAX 10

/* --- by group and reason ------------------------------------------------ */

static int
compare_numbers(int64_t left, int64_t right)
{
	return (left > right) - (left < right);
}

static int
compare_findings(const void *left, const void *right)
{
	const struct rescue_finding *const *a = left, *const *b = right;
	int order =
	    bytes_compare((*a)->spot->group->name, (*b)->spot->group->name);

	if (order == 0)
		order = compare_numbers((*a)->why, (*b)->why);
	if (order == 0)
		order = bytes_compare((*a)->spot->topic, (*b)->spot->topic);
	if (order == 0)
		order = compare_numbers(
		    (*a)->spot->partition, (*b)->spot->partition);
	return order;
}

static int
compare_lines(const void *left, const void *right)
{
	const struct rescue_line *a = left, *b = right;
	int order = compare_numbers(b->last_ms, a->last_ms);

	if (order == 0)
		order = bytes_compare(a->group->name, b->group->name);
	return order != 0 ? order : compare_numbers(a->why, b->why);
}

static bool
belongs(const struct rescue_line *line, const struct rescue_finding *finding)
{
	return line->group == finding->spot->group && line->why == finding->why;
}

/* The next finding of the line, or its first. */
static void
add(struct rescue_line *line, const struct rescue_finding *const *at)
{
	const struct rescue_finding *finding = *at;

	if (line->count == 0)
		*line = (struct rescue_line){
			.group = finding->spot->group,
			.why = finding->why,
			.is_sure = true,
			.first_ms = finding->at_ms,
			.last_ms = finding->at_ms,
			.commit_ms = -1,
			.findings = at,
		};
	line->count++;
	line->known_count += finding->has_value;
	line->is_sure = line->is_sure && finding->is_sure;
	if (finding->at_ms < line->first_ms)
		line->first_ms = finding->at_ms;
	if (finding->at_ms > line->last_ms)
		line->last_ms = finding->at_ms;
	if (finding->commit_ms > line->commit_ms)
		line->commit_ms = finding->commit_ms;
}

void
rescue_lines_make(const struct rescue_finding *const *findings, size_t count,
    struct rescue_lines *out)
{
	const struct rescue_finding **sorted =
	    xcalloc(count, sizeof(struct rescue_finding *));
	struct rescue_line *list = xcalloc(count, sizeof(*list));
	size_t made = 0;

	for (size_t at = 0; at < count; at++)
		sorted[at] = findings[at];
	if (count > 0)
		qsort(sorted, count, sizeof(struct rescue_finding *),
		    compare_findings);
	for (size_t at = 0; at < count; at++) {
		if (made == 0 || !belongs(&list[made - 1], sorted[at]))
			made++;
		add(&list[made - 1], &sorted[at]);
	}
	if (made > 0)
		qsort(list, made, sizeof(*list), compare_lines);
	*out = (struct rescue_lines){ list, made, sorted };
}

void
rescue_lines_release(struct rescue_lines *lines)
{
	free(lines->list);
	free(lines->findings);
	*lines = (struct rescue_lines){ 0 };
}

/* --- what brings them back ---------------------------------------------- */

bool
rescue_line_time(const struct rescue_line *line, int64_t *at_ms)
{
	*at_ms = line->first_ms - 1;
	return line->first_ms > 0 && line->commit_ms <= *at_ms;
}

/* Lines that one time serves: none of them had gone by then, and each had got
 * to where it stood last. */
struct batch {
	size_t from, to;
	int64_t at_ms;
	int64_t commit_ms; /* the newest of what they held */
};

static bool
is_offered(const struct rescue_line *line)
{
	int64_t at_ms;

	return line->known_count > 0 && rescue_line_time(line, &at_ms);
}

/* From its first line on as many as fit; false: there is none left. */
static bool
fill_batch(const struct rescue_lines *lines, struct batch *batch)
{
	batch->at_ms = INT64_MAX;
	batch->commit_ms = INT64_MIN;
	for (batch->to = batch->from; batch->to < lines->count; batch->to++) {
		const struct rescue_line *line = &lines->list[batch->to];
		int64_t at_ms, commit_ms = batch->commit_ms;

		if (!is_offered(line))
			continue;
		(void)rescue_line_time(line, &at_ms);
		if (line->commit_ms > commit_ms)
			commit_ms = line->commit_ms;
		if (at_ms > batch->at_ms)
			at_ms = batch->at_ms;
		if (commit_ms > at_ms)
			break;
		batch->at_ms = at_ms;
		batch->commit_ms = commit_ms;
	}
	return batch->at_ms != INT64_MAX;
}

/* --- restores of a batch ------------------------------------------------ */

/* Whether it has positions that nothing befell: those have to stay as they are.
 */
static bool
has_more(const struct rescue_lines *lines, const struct batch *batch,
    const struct ledger_group *group)
{
	size_t overwritten = 0;

	for (size_t at = batch->from; at < batch->to; at++) {
		const struct rescue_line *line = &lines->list[at];

		if (line->group == group && !rescue_is_lost(line->why))
			overwritten += line->count;
	}
	return group->live_count > overwritten;
}

static int
compare_names(const void *left, const void *right)
{
	const struct bytes *a = left, *b = right;

	return bytes_compare(*a, *b);
}

/* Put forward again: past what only a record of then shows that it had read. */
static bool
goes_forward(const struct rescue_line *line)
{
	for (size_t at = 0; at < line->count; at++) {
		const struct rescue_finding *finding = line->findings[at];

		if (!rescue_is_lost(finding->why) && finding->has_value &&
		    finding->offset > finding->new_offset)
			return true;
	}
	return false;
}

static bool
group_goes_forward(const struct rescue_lines *lines, const struct batch *batch,
    const struct ledger_group *group)
{
	for (size_t at = batch->from; at < batch->to; at++)
		if (lines->list[at].group == group &&
		    goes_forward(&lines->list[at]))
			return true;
	return false;
}

/* The groups that are brought back as a whole, each once, in order: those that
 * go forward somewhere, or the others. */
static struct bytes *
whole_groups(const struct rescue_lines *lines, const struct batch *batch,
    bool forward, size_t *count)
{
	struct bytes *names = xcalloc(batch->to - batch->from, sizeof(*names));
	size_t kept = 0;

	*count = 0;
	for (size_t at = batch->from; at < batch->to; at++) {
		const struct rescue_line *line = &lines->list[at];

		if (is_offered(line) && !has_more(lines, batch, line->group) &&
		    group_goes_forward(lines, batch, line->group) == forward)
			names[(*count)++] = line->group->name;
	}
	qsort(names, *count, sizeof(*names), compare_names);
	for (size_t at = 0; at < *count; at++)
		if (kept == 0 || !bytes_equal(names[kept - 1], names[at]))
			names[kept++] = names[at];
	*count = kept;
	return names;
}

static void
print_whole(struct context *context, const struct rescue_lines *lines,
    const struct batch *batch, bool forward)
{
	struct output *out = &context->out;
	struct buf line = { 0 };
	size_t count;
	struct bytes *names = whole_groups(lines, batch, forward, &count);

	for (size_t at = 0; at < count && at < LISTED_MAX;) {
		const size_t end = at + GROUPS_MAX;
		size_t added = 0;

		buf_clear(&line);
		rescue_text_add_restore(context, "ID", &line);
		for (; at < count && at < end; at++)
			added += rescue_text_add_group(&line, names[at]);
		if (added > 0)
			output_text(out, "  %s%s\n", buf_text(&line),
			    forward ? ALLOW_SKIP : "");
	}
	if (count > LISTED_MAX)
		output_text(out, "  ... and %zu groups more (--json)\n",
		    count - LISTED_MAX);
	buf_release(&line);
	free(names);
}

/* Of a group that goes on, only what befell it. */
static void
print_parts(struct context *context, const struct rescue_lines *lines,
    const struct batch *batch)
{
	struct buf text = { 0 };
	size_t count = 0;

	for (size_t at = batch->from; at < batch->to; at++) {
		const struct rescue_line *line = &lines->list[at];

		if (!is_offered(line) || !has_more(lines, batch, line->group) ||
		    count++ >= PARTS_MAX)
			continue;
		buf_clear(&text);
		rescue_text_add_restore(context, "ID", &text);
		if (rescue_text_add_group(&text, line->group->name)) {
			rescue_text_add_topics(
			    &text, line->findings, line->count);
			output_text(&context->out, "  %s%s\n", buf_text(&text),
			    goes_forward(line) ? ALLOW_SKIP : "");
		}
	}
	if (count > PARTS_MAX)
		output_text(&context->out,
		    "  ... and %zu groups more of which only a part is "
		    "concerned (--json)\n",
		    count - PARTS_MAX);
	buf_release(&text);
}

static void
print_batch(struct context *context, const struct rescue_lines *lines,
    const struct batch *batch)
{
	struct buf line = { 0 };

	rescue_text_add_snapshot(context, batch->at_ms, &line);
	output_text(&context->out, "  %s\n", buf_text(&line));
	buf_release(&line);
	print_whole(context, lines, batch, false);
	print_whole(context, lines, batch, true);
	print_parts(context, lines, batch);
}

static void
print_all(struct context *context)
{
	struct buf line = { 0 };

	rescue_text_add_snapshot(context, RESCUE_LAST_KNOWN, &line);
	output_text(&context->out,
	    "\nall that is gone at once, each position as it was last:\n"
	    "  %s\n",
	    buf_text(&line));
	buf_release(&line);
}

/* Where else it may be told what the records tell no more. */
static void
print_elsewhere(struct context *context, const struct rescue_lines *lines)
{
	struct output *out = &context->out;
	struct buf list = { 0 }, restore = { 0 };
	size_t unknown = 0;

	for (size_t at = 0; at < lines->count; at++)
		unknown += lines->list[at].count - lines->list[at].known_count;
	if (unknown == 0)
		return;
	rescue_text_add_list(context, &list);
	rescue_text_add_restore(context, "TIME", &restore);
	output_text(out,
	    "\nwhat %zu position%s (?) held is compacted away; it may still "
	    "be\n  in an earlier snapshot: %s\n    and then: %s --group "
	    "GROUP\n  on the disk of another broker, or in a copy: tidemark "
	    "rescue list --segments DIR\n",
	    unknown, output_plural(unknown), buf_text(&list),
	    buf_text(&restore));
	buf_release(&list);
	buf_release(&restore);
}

void
rescue_lines_print(struct context *context, const struct rescue_lines *lines)
{
	struct batch batch = { 0 };
	bool is_lost = false;

	for (size_t shown = 0; shown < TIMES_MAX && fill_batch(lines, &batch);
	     shown++) {
		if (shown == 0)
			output_text(&context->out,
			    "\nto bring them back (ID is what the first line "
			    "prints; nothing is changed without "
			    "--execute):\n");
		print_batch(context, lines, &batch);
		batch.from = batch.to;
	}
	for (size_t at = 0; at < lines->count; at++)
		is_lost |= lines->list[at].known_count > 0 &&
		    rescue_is_lost(lines->list[at].why);
	if (is_lost)
		print_all(context);
	print_elsewhere(context, lines);
}
