#include "cli/list_restores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/context.h"
#include "cli/output.h"
#include "cli/table.h"
#include "common/timetext.h"
#include "restore/record.h"
#include "storage/repo.h"

static const char *
state_word(enum record_state state)
{
	switch (state) {
	case RECORD_FINISHED:
		return "finished";
	case RECORD_UNDONE:
		return "undone";
	case RECORD_UNFINISHED:
	default:
		return "UNFINISHED";
	}
}

struct listing {
	struct context *context;
	struct table *table; /* NULL: as JSON */
	const char *cluster;
	size_t count;
};

/* Matches record_list's visit. */
static void
list_one(void *context, const struct record_line *line)
{
	struct listing *listing = context;
	char text[TIME_RFC3339_MAX];
	json_t *object;

	listing->count++;
	if (listing->table != NULL) {
		table_text(
		    listing->table, "%s", time_format(line->began_ms, text));
		table_text(listing->table, "%s", line->plan_id);
		table_text(listing->table, "%s", state_word(line->state));
		table_text(listing->table, "%s", listing->cluster);
		return;
	}
	object = json_pack("{s:s, s:s, s:s}", "plan", line->plan_id, "state",
	    line->state == RECORD_UNFINISHED ? "unfinished"
					     : state_word(line->state),
	    "cluster", listing->cluster);
	json_set_time(object, "began", line->began_ms);
	output_json(&listing->context->out, object);
}

static int
list_cluster(struct listing *listing, struct repo *repo, const char *cluster,
    struct err *err)
{
	listing->cluster = cluster;
	return record_list(repo, cluster, list_one, listing, err);
}

int
list_restores(struct context *context, struct repo *repo, const char *cluster,
    struct err *err)
{
	static const char *const titles[] = { "BEGAN", "PLAN", "STATE",
		"CLUSTER", NULL };
	const bool json = options_flag(&context->options, OPT_JSON);
	struct table table = { 0 };
	struct listing listing = { .context = context,
		.table = json ? NULL : &table };
	struct repo_clusters clusters = { 0 };
	int result = 0;

	table_init(&table, titles);
	if (cluster != NULL)
		result = list_cluster(&listing, repo, cluster, err);
	else
		result = repo_list_clusters(repo, &clusters, err);
	for (size_t i = 0; i < clusters.count && result == 0; i++)
		result = list_cluster(&listing, repo, clusters.names[i], err);
	table_finish(&table, &context->out);
	if (result == 0 && listing.count == 0 && !json)
		log_info(&context->log, "%s has no record of a restore",
		    repo_name(repo));
	repo_clusters_release(&clusters);
	return result;
}
