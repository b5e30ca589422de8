/* tidemark lookup: time and offset of a partition, from snapshots alone. */
#include <string.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/lookup_text.h"
#include "cli/snapshot_ref.h"
#include "common/parsenum.h"
#include "common/timetext.h"
#include "common/utf8.h"

#define SHOWN_MAX 128

/* What is asked, into result. */
static int
parse_question(
    struct context *context, struct lookup_result *result, struct err *err)
{
	const struct options *options = &context->options;
	const char *time = options_text(options, OPT_TIME);
	char shown[SHOWN_MAX];

	if (context_need_arguments(
		context, 2, 2, "a topic and a partition", err) != 0)
		return -1;
	if ((time != NULL) == options_is_set(options, OPT_OFFSET))
		return err_set(err, ERR_USAGE,
		    "one of --time and --offset has to be given");
	result->topic = bytes_of(options->arguments[0]);
	if (!parse_i32(bytes_of(options->arguments[1]), 0, INT32_MAX,
		&result->partition))
		return err_set(err, ERR_USAGE,
		    "a partition is a number from 0 on, not '%s'",
		    utf8_escape_to(
			bytes_of(options->arguments[1]), shown, SHOWN_MAX));
	result->by_time = time != NULL;
	if (time == NULL)
		result->offset = options_number(options, OPT_OFFSET);
	else if (time_parse(time, env_now_ms(&context->env), &result->time_ms,
		     err) != 0)
		return err_wrap(err, "--time");
	return 0;
}

static int
find_cluster(struct context *context, struct repo *repo,
    char into[REPO_CLUSTER_MAX], struct err *err)
{
	if (snapshot_ref_cluster(context, into) != NULL)
		return 0;
	return snapshot_ref_only_cluster(repo, into, err);
}

static int
open_snapshots(struct context *context, struct repo *repo, const char *cluster,
    struct lookup_result *result, struct timeindex *index, struct err *err)
{
	const struct timelookup_request request = {
		.repo = repo,
		.cluster = cluster,
		.topic = result->topic,
		.partition = result->partition,
		.env = &context->env,
		.log = &context->log,
	};

	if (result->by_time)
		return timelookup_time(
		    &request, result->time_ms, index, &result->report, err);
	return timelookup_offset(
	    &request, result->offset, index, &result->report, err);
}

static bool
has_partition(const struct timeindex *index)
{
	for (size_t i = 0; i < index->count; i++) {
		if (!index->captures[i].absent)
			return true;
	}
	return false;
}

static int
answer(const struct timeindex *index, const char *cluster,
    struct lookup_result *result, struct err *err)
{
	struct timeindex_life *life = &result->life;
	char shown[SHOWN_MAX];

	(void)utf8_escape_to(result->topic, shown, sizeof(shown));
	if (!timeindex_life_at(
		index, result->by_time ? result->time_ms : INT64_MAX, life)) {
		(void)err_set(err, ERR_NOT_FOUND,
		    "no snapshot of cluster %s that was opened holds topic "
		    "'%s'",
		    cluster, shown);
		err_hint(err,
		    "a snapshot holds the topics that its groups stand on");
		return -1;
	}
	if (!has_partition(index))
		return err_set(err, ERR_NOT_FOUND,
		    "topic '%s' has no partition %d in any snapshot that was "
		    "opened",
		    shown, (int)result->partition);
	if (result->by_time) {
		result->observed = timeindex_end_at(life, result->time_ms);
		result->record_time =
		    timeindex_first_from(life, result->time_ms);
	} else {
		result->observed = timeindex_written(life, result->offset);
		result->record_time = timeindex_stamped(life, result->offset);
	}
	result->lie = timeindex_lie(life);
	return 0;
}

int
cmd_lookup(struct context *context, struct err *err)
{
	struct lookup_result result = { 0 };
	struct timeindex index = { 0 };
	struct repo *repo = NULL;
	char cluster[REPO_CLUSTER_MAX];
	int status = -1;

	if (parse_question(context, &result, err) != 0)
		return -1;
	timeindex_init(&index, result.topic, result.partition);
	if (context_open_repo(context, &repo, err) != 0 ||
	    find_cluster(context, repo, cluster, err) != 0 ||
	    open_snapshots(context, repo, cluster, &result, &index, err) != 0 ||
	    answer(&index, cluster, &result, err) != 0)
		goto out;
	if (options_flag(&context->options, OPT_JSON))
		lookup_text_json(&result, &context->out);
	else
		lookup_text_print(&result, &context->out);
	status = result.report.damaged > 0 ? EXIT_PARTIAL : EXIT_ALL;
out:
	timeindex_release(&index);
	repo_free(repo);
	return status;
}
