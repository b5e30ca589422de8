/* tidemark verify: check archives byte by byte, without Kafka. */
#include <string.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/snapshot_ref.h"
#include "common/parsenum.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "formats/archive.h"

#define SUBSET_PARTS_MAX 1000000

struct tally {
	size_t whole;
	size_t damaged;
	size_t snapshots; /* there are, of which not all may be read */
};

/* Which of the snapshots are read: all, a random part, or one of several parts
 * that are the same each time. */
struct subset {
	int64_t percent;     /* 0: not at random */
	int64_t part, parts; /* 0: not by part */
};

static json_t *
findings_json(const struct archive_report *report)
{
	json_t *list = json_array();

	for (size_t index = 0; index < report->count; index++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s}", "member",
			report->findings[index].member, "text",
			report->findings[index].text));
	return list;
}

static void
print_report(struct context *context, const struct snapshot_ref *ref,
    const struct archive_report *report)
{
	char shown[512];

	(void)utf8_escape_to(bytes_of(ref->path), shown, sizeof(shown));
	if (options_flag(&context->options, OPT_JSON)) {
		json_t *line = json_pack("{s:s, s:b, s:I, s:I, s:I, s:o}",
		    "kind", "archive", "whole", report->count == 0 ? 1 : 0,
		    "frames", (json_int_t)report->frame_count, "members",
		    (json_int_t)report->member_count, "raw_size",
		    (json_int_t)report->raw_size, "findings",
		    findings_json(report));

		json_set_name(line, "archive", bytes_of(ref->path));
		json_object_set_new(line, "id", json_string(report->info.id));
		output_json(&context->out, line);
		return;
	}
	if (report->count == 0) {
		output_text(&context->out,
		    "whole    %s  (%zu members, %zu group%s, %zu position%s, "
		    "%s)\n",
		    shown, report->member_count, report->info.group_count,
		    output_plural(report->info.group_count),
		    report->info.position_count,
		    output_plural(report->info.position_count),
		    report->info.complete ? "complete" : "partial");
		return;
	}
	output_text(&context->out, "DAMAGED  %s\n", shown);
	for (size_t index = 0; index < report->count; index++)
		output_text(&context->out, "         %s: %s\n",
		    report->findings[index].member,
		    report->findings[index].text);
}

/* Add what the key says against what the manifest says. */
static void
check_key(const struct snapshot_ref *ref, struct archive_report *report)
{
	struct err err = { 0 };

	if (ref->is_path || report->count > 0 ||
	    repo_key_check(&ref->key, &report->info, &err) == 0)
		return;
	archive_report_add(report, "MANIFEST.json", err.message);
}

static int
verify_one(struct context *context, struct repo *repo,
    const struct snapshot_ref *ref, struct tally *tally, struct err *err)
{
	struct archive_report report = { 0 };
	struct buf bytes = { 0 };
	int result = -1;

	if (env_interrupted(&context->env)) {
		err_set(err, ERR_INTERRUPTED, "interrupted");
		goto out;
	}
	if (snapshot_ref_read(repo, ref, &bytes, err) != 0)
		goto out;
	archive_verify(buf_bytes(&bytes), &report);
	check_key(ref, &report);
	print_report(context, ref, &report);
	if (report.count == 0)
		tally->whole++;
	else
		tally->damaged++;
	result = 0;
out:
	archive_report_release(&report);
	buf_release(&bytes);
	return result;
}

static int
parse_subset(const struct context *context, struct subset *out, struct err *err)
{
	const char *text =
	    options_text(&context->options, OPT_READ_DATA_SUBSET);
	const char *mark;

	*out = (struct subset){ 0 };
	if (text == NULL)
		return 0;
	if (context->options.argument_count > 0)
		return err_set(err, ERR_USAGE,
		    "--read-data-subset chooses among all snapshots; it does "
		    "not go with the names of some");
	mark = strpbrk(text, "%/");
	if (mark != NULL && strcmp(mark, "%") == 0 &&
	    parse_i64((struct bytes){ text, (size_t)(mark - text) }, 1, 100,
		&out->percent))
		return 0;
	if (mark != NULL && mark[0] == '/' &&
	    parse_i64(bytes_of(mark + 1), 1, SUBSET_PARTS_MAX, &out->parts) &&
	    parse_i64((struct bytes){ text, (size_t)(mark - text) }, 1,
		out->parts, &out->part))
		return 0;
	return err_set(err, ERR_USAGE,
	    "--read-data-subset takes a percentage from 1%% to 100%%, or a "
	    "part such as 1/7");
}

/* The part that a snapshot belongs to: ids are random, and stay. */
static int64_t
part_of(const struct snapshot_key *key, int64_t parts)
{
	int64_t rest = 0;

	for (const char *at = key->id; *at != '\0'; at++)
		rest = (rest * 16 + (*at <= '9' ? *at - '0' : *at - 'a' + 10)) %
		    parts;
	return rest + 1;
}

static uint64_t
random_below(const struct env *env, uint64_t limit)
{
	uint64_t number;

	env->random(env->context, &number, sizeof(number));
	return number % limit;
}

/* Keep count of the keys, chosen at random, in their order. */
static void
keep_random(const struct env *env, struct snapshot_keys *keys, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < keys->count && kept < count; i++) {
		/* As many of those left are wanted as are still missing. */
		if (random_below(env, keys->count - i) < count - kept)
			keys->keys[kept++] = keys->keys[i];
	}
	keys->count = kept;
}

static void
keep_part(struct snapshot_keys *keys, const struct subset *subset)
{
	size_t kept = 0;

	for (size_t i = 0; i < keys->count; i++) {
		if (part_of(&keys->keys[i], subset->parts) == subset->part)
			keys->keys[kept++] = keys->keys[i];
	}
	keys->count = kept;
}

static void
keep_subset(const struct context *context, struct snapshot_keys *keys,
    const struct subset *subset)
{
	const size_t count = (keys->count * (size_t)subset->percent + 99) / 100;

	if (subset->percent > 0)
		keep_random(&context->env, keys, count);
	else if (subset->parts > 0)
		keep_part(keys, subset);
}

static int
verify_all(struct context *context, struct repo **repo, struct tally *tally,
    struct err *err)
{
	struct repo_query query = { 0 };
	struct snapshot_keys keys = { 0 };
	struct subset subset;
	char cluster[REPO_CLUSTER_MAX];
	int result = -1;

	if (parse_subset(context, &subset, err) != 0 ||
	    context_open_repo(context, repo, err) != 0)
		return -1;
	query.cluster = snapshot_ref_cluster(context, cluster);
	if (repo_list(*repo, &query, &keys, err) != 0)
		goto out;
	tally->snapshots = keys.count;
	keep_subset(context, &keys, &subset);
	for (size_t index = 0; index < keys.count; index++) {
		struct snapshot_ref ref = { .key = keys.keys[index] };

		ref.path = ref.key.key;
		if (verify_one(context, *repo, &ref, tally, err) != 0)
			goto out;
		progress_show(
		    &context->progress, "verify", index + 1, keys.count);
	}
	result = 0;
out:
	snapshot_keys_release(&keys);
	return result;
}

static int
verify_named(struct context *context, struct repo **repo, struct tally *tally,
    struct err *err)
{
	char cluster[REPO_CLUSTER_MAX];
	const char *folder = snapshot_ref_cluster(context, cluster);
	struct subset none;

	if (parse_subset(context, &none, err) != 0)
		return -1;
	tally->snapshots = context->options.argument_count;
	for (size_t index = 0; index < context->options.argument_count;
	     index++) {
		struct snapshot_ref ref;

		if (snapshot_ref_find(context, repo,
			context->options.arguments[index], folder, &ref,
			err) != 0 ||
		    verify_one(context, *repo, &ref, tally, err) != 0)
			return -1;
	}
	return 0;
}

/* How many of how many were read: the others were only seen in the listing. */
static void
print_tally(struct context *context, const struct tally *tally)
{
	const size_t read = tally->whole + tally->damaged;

	if (options_flag(&context->options, OPT_JSON))
		output_json(&context->out,
		    json_pack("{s:s, s:I, s:I, s:I, s:I}", "kind", "summary",
			"snapshots", (json_int_t)tally->snapshots, "read",
			(json_int_t)read, "whole", (json_int_t)tally->whole,
			"damaged", (json_int_t)tally->damaged));
	else if (read < tally->snapshots)
		output_text(&context->out,
		    "%zu whole, %zu damaged, of %zu read; %zu of %zu "
		    "snapshots were not read\n",
		    tally->whole, tally->damaged, read, tally->snapshots - read,
		    tally->snapshots);
	else
		output_text(&context->out, "%zu whole, %zu damaged\n",
		    tally->whole, tally->damaged);
}

int
cmd_verify(struct context *context, struct err *err)
{
	struct repo *repo = NULL;
	struct tally tally = { 0 };
	const int result = context->options.argument_count == 0
	    ? verify_all(context, &repo, &tally, err)
	    : verify_named(context, &repo, &tally, err);

	repo_free(repo);
	progress_clear(&context->progress);
	if (result != 0)
		return -1;
	print_tally(context, &tally);
	return tally.damaged > 0 ? EXIT_INTEGRITY : EXIT_ALL;
}
