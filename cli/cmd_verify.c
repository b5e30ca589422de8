/* tidemark verify: check archives byte by byte, without Kafka. */
#include <string.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/snapshot_ref.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "formats/archive.h"

struct tally {
	size_t whole;
	size_t damaged;
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
		json_t *line = json_pack("{s:b, s:I, s:I, s:I, s:o}", "whole",
		    report->count == 0 ? 1 : 0, "frames",
		    (json_int_t)report->frame_count, "members",
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
verify_all(struct context *context, struct repo **repo, struct tally *tally,
    struct err *err)
{
	struct repo_query query = { 0 };
	struct snapshot_keys keys = { 0 };
	char cluster[REPO_CLUSTER_MAX];
	int result = -1;

	if (context_open_repo(context, repo, err) != 0)
		return -1;
	query.cluster = snapshot_ref_cluster(context, cluster);
	if (repo_list(*repo, &query, &keys, err) != 0)
		goto out;
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
	if (!options_flag(&context->options, OPT_JSON))
		output_text(&context->out, "%zu whole, %zu damaged\n",
		    tally.whole, tally.damaged);
	return tally.damaged > 0 ? EXIT_INTEGRITY : EXIT_ALL;
}
