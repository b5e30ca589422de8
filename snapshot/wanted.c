#include "snapshot/wanted.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "formats/archive_piece.h"
#include "formats/model.h"
#include "snapshot/selector.h"
#include "storage/repo.h"

#define SHOWN_MAX 512

void
wanted_warn(
    const struct snapshot *snapshot, const char *name, const struct log *log)
{
	char shown[SHOWN_MAX];

	if (snapshot->table_is_damaged)
		log_warn(log,
		    "%s: the seek table at its end is damaged; all before it "
		    "is whole and was read without it",
		    utf8_escape_to(bytes_of(name), shown, sizeof(shown)));
}

static int
load_named(struct repo *repo, const struct snapshot_key *key,
    const struct wanted *wanted, struct snapshot *out, struct err *err)
{
	const size_t count = selector_named_count(wanted->selector);
	struct bytes *names = xcalloc(count, sizeof(*names));
	const struct archive_wanted groups = { .groups = names,
		.group_count = count,
		.topics = wanted->topics,
		.topic_count = wanted->topic_count,
		.with_gone = wanted->with_gone };
	int result;

	for (size_t i = 0; i < count; i++)
		names[i] = selector_named_at(wanted->selector, i);
	result = repo_load_groups(repo, key, &groups, out, err);
	free(names);
	return result;
}

int
wanted_load(struct repo *repo, const struct snapshot_key *key,
    const struct wanted *wanted, struct snapshot *out, struct err *err)
{
	const int result = selector_is_named(wanted->selector)
	    ? load_named(repo, key, wanted, out, err)
	    : repo_load(repo, key, out, err);

	if (result == 0)
		wanted_warn(out, key->key, wanted->log);
	return result;
}
