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
load_named(struct repo_object *object, const struct wanted *wanted,
    const struct capture_choice *choice, struct snapshot *out, struct err *err)
{
	const size_t count = selector_named_count(wanted->selector);
	struct bytes *names = xcalloc(count, sizeof(*names));
	const struct archive_wanted groups = { .groups = names,
		.group_count = count,
		.topics = wanted->topics,
		.topic_count = wanted->topic_count,
		.with_gone = wanted->with_gone,
		.capture = *choice };
	int result;

	for (size_t i = 0; i < count; i++)
		names[i] = selector_named_at(wanted->selector, i);
	result = repo_object_load_groups(object, &groups, out, err);
	free(names);
	return result;
}

int
wanted_load_at(struct repo_object *object, const struct wanted *wanted,
    const struct capture_choice *choice, struct snapshot *out, struct err *err)
{
	const int result = selector_is_named(wanted->selector)
	    ? load_named(object, wanted, choice, out, err)
	    : repo_object_load(object, choice, out, err);

	if (result == 0)
		wanted_warn(out, repo_object_key(object)->key, wanted->log);
	return result;
}

int
wanted_load(struct repo *repo, const struct snapshot_key *key,
    const struct wanted *wanted, struct snapshot *out, struct err *err)
{
	const struct capture_choice last = { .how = CAPTURE_LAST };
	struct repo_object *object = repo_object_new(repo, key);
	const int result = wanted_load_at(object, wanted, &last, out, err);

	repo_object_free(object);
	return result;
}
