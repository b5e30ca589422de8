#include "restore/record.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/files.h"
#include "common/hash.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "formats/jsonline.h"
#include "restore/apply.h"
#include "restore/applycheck.h"
#include "restore/fields.h"
#include "restore/plancodec.h"
#include "storage/repo.h"

#define SHOWN_MAX 80

static int
list_keys(
    const struct recorder *recorder, struct apply_keys *out, struct err *err)
{
	char cluster[REPO_CLUSTER_MAX];

	repo_cluster(recorder->cluster_id, cluster);
	return applies_list(recorder->repo, cluster, out, err);
}

/* --- reading ----------------------------------------------------------- */

static int
add_plan(struct record *record, struct bytes text, struct err *err)
{
	struct plan *plan;

	record->plans = xreallocarray(
	    record->plans, record->count + 1, sizeof(*record->plans));
	plan = &record->plans[record->count];
	memset(plan, 0, sizeof(*plan));
	if (plancodec_decode(text, plan, err) != 0)
		return -1;
	record->count++;
	return 0;
}

static bool
same_rows(const struct plan_group *a, const struct plan_group *b)
{
	if (!bytes_equal(a->name, b->name) || a->row_count != b->row_count)
		return false;
	for (size_t i = 0; i < a->row_count; i++)
		if (a->rows[i].partition != b->rows[i].partition ||
		    !bytes_equal(a->rows[i].topic, b->rows[i].topic))
			return false;
	return true;
}

static bool
same_shape(const struct plan *a, const struct plan *b)
{
	if (strcmp(a->id, b->id) != 0 || a->group_count != b->group_count)
		return false;
	for (size_t i = 0; i < a->group_count; i++)
		if (!same_rows(&a->groups[i], &b->groups[i]))
			return false;
	return true;
}

static bool
changes(const struct plan_group *group)
{
	for (size_t i = 0; i < group->row_count; i++)
		if (plan_row_changes(&group->rows[i]))
			return true;
	return false;
}

/* Take over what the later one changed first. */
static void
merge_group(struct plan_group *into, const struct plan_group *from)
{
	if (!changes(into)) {
		into->exists = from->exists;
		into->remove = from->remove;
	}
	for (size_t i = 0; i < into->row_count; i++)
		if (!plan_row_changes(&into->rows[i]) &&
		    plan_row_changes(&from->rows[i]))
			into->rows[i] = from->rows[i];
}

static int
merge(struct record *record, struct err *err)
{
	for (size_t i = 1; i < record->count; i++) {
		if (!same_shape(&record->plans[0], &record->plans[i]))
			return err_set(err, ERR_CORRUPT,
			    "two records of plan %s are of different plans",
			    record->plans[0].id);
		for (size_t j = 0; j < record->plans[0].group_count; j++)
			merge_group(&record->plans[0].groups[j],
			    &record->plans[i].groups[j]);
	}
	record->merged = record->count > 0 ? &record->plans[0] : NULL;
	return 0;
}

static int
load_file(const char *path, struct record *out, struct err *err)
{
	struct buf text = { 0 };
	char shown[SHOWN_MAX];
	int result = file_read(path, PLANCODEC_SIZE_MAX, &text, err);

	if (result != 0 && err->kind == ERR_NOT_FOUND) {
		*err = (struct err){ 0 };
		result = 0;
	} else if (result == 0) {
		result = add_plan(out, buf_bytes(&text), err);
		if (result == 0 && out->plans[0].recorded_ms == 0)
			result = err_set(err, ERR_USAGE,
			    "this is a plan, and no record of its apply");
		if (result != 0)
			err_wrap(err, "%s",
			    utf8_escape_to(
				bytes_of(path), shown, sizeof(shown)));
	}
	buf_release(&text);
	return result;
}

/* --- what was not written ---------------------------------------------- */

static struct plan_group *
find_group(struct plan *plan, struct bytes name)
{
	size_t low = 0, high = plan->group_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order =
		    bytes_compare(plan->groups[middle].name, name);

		if (order == 0)
			return &plan->groups[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static struct plan_row *
find_row(
    struct plan *plan, struct bytes name, struct bytes topic, int32_t partition)
{
	struct plan_group *group = find_group(plan, name);

	for (size_t i = 0; group != NULL && i < group->row_count; i++)
		if (group->rows[i].partition == partition &&
		    bytes_equal(group->rows[i].topic, topic))
			return &group->rows[i];
	return NULL;
}

/* A line of an outcome; those of another form are passed over. */
static void
take_outcome(struct plan *plan, const json_t *line)
{
	const char *outcome =
	    json_string_value(json_object_get(line, "outcome"));
	struct err ignored = { 0 };
	struct bytes group, topic;
	struct plan_row *row;
	int32_t partition;

	if (outcome == NULL ||
	    strcmp(outcome, apply_outcome_text(APPLY_UNTOUCHED)) != 0 ||
	    fields_name(line, "group", &plan->arena, &group, &ignored) != 0 ||
	    fields_name(line, "topic", &plan->arena, &topic, &ignored) != 0 ||
	    fields_i32(line, "partition", 0, &partition, &ignored) != 0)
		return;
	row = find_row(plan, group, topic, partition);
	if (row != NULL && plan_row_changes(row))
		row->action = PLAN_SKIP;
}

/* Rows that were never sent need no undo, whoever moved them since. */
static int
leave_out(const struct recorder *recorder, const struct apply_key *ended,
    struct plan *plan, struct err *err)
{
	struct buf text = { 0 };
	struct bytes rest;
	int result =
	    applies_get(recorder->repo, ended, PLANCODEC_SIZE_MAX, &text, err);

	rest = buf_bytes(&text);
	while (result == 0 && rest.size > 0) {
		const char *stop = memchr(rest.data, '\n', rest.size);
		const size_t size =
		    stop == NULL ? rest.size : (size_t)(stop - rest.data);
		json_t *line;

		result = jsonline_parse((struct bytes){ rest.data, size },
		    PLANCODEC_LINE_MAX, &line, err);
		if (result != 0) {
			err_wrap(err, "%s", ended->key);
			break;
		}
		take_outcome(plan, line);
		json_decref(line);
		rest.data += stop == NULL ? size : size + 1;
		rest.size -= stop == NULL ? size : size + 1;
	}
	buf_release(&text);
	return result;
}

/* --- of one plan ------------------------------------------------------- */

static int
load_object(const struct recorder *recorder, const struct apply_key *key,
    struct record *out, struct err *err)
{
	struct buf text = { 0 };
	int result =
	    applies_get(recorder->repo, key, PLANCODEC_SIZE_MAX, &text, err);

	if (result == 0 && add_plan(out, buf_bytes(&text), err) != 0)
		result = err_wrap(err, "%s", key->key);
	if (result == 0 && out->plans[out->count - 1].recorded_ms == 0)
		result =
		    err_set(err, ERR_CORRUPT, "%s: not a record", key->key);
	if (result == 0 &&
	    strcmp(out->plans[out->count - 1].id, key->plan_id) != 0)
		result = err_set(err, ERR_CORRUPT,
		    "%s is the record of another plan", key->key);
	buf_release(&text);
	return result;
}

/* Is it an event of this plan that ends what began before it? */
static bool
ends(const struct apply_key *key, const char *plan_id)
{
	return (key->event == APPLY_FINISHED || key->event == APPLY_UNDONE) &&
	    strcmp(key->plan_id, plan_id) == 0;
}

/*
 * Where the newest apply of a plan begins: behind the last end that something
 * began after.  *settled: it has ended itself.
 */
static size_t
find_begin(const struct apply_keys *keys, const char *plan_id, bool *settled)
{
	size_t begin = 0, end = 0;

	*settled = false;
	for (size_t i = 0; i < keys->count; i++) {
		const struct apply_key *key = &keys->keys[i];

		if (ends(key, plan_id)) {
			end = i + 1;
			*settled = true;
		} else if (key->event == APPLY_BEGAN &&
		    strcmp(key->plan_id, plan_id) == 0) {
			if (*settled)
				begin = end;
			*settled = false;
		}
	}
	return begin;
}

static int
load_keys(const struct recorder *recorder, const struct apply_keys *keys,
    const char *plan_id, enum record_part part, struct record *out,
    struct err *err)
{
	const struct apply_key *ended = NULL;
	bool settled;
	size_t begin = find_begin(keys, plan_id, &settled);

	if (settled && part == RECORD_OPEN)
		return 0;
	for (; begin < keys->count; begin++) {
		const struct apply_key *key = &keys->keys[begin];

		if (strcmp(key->plan_id, plan_id) != 0)
			continue;
		if (key->event == APPLY_FINISHED || key->event == APPLY_STOPPED)
			ended = key;
		if (key->event == APPLY_BEGAN &&
		    load_object(recorder, key, out, err) != 0)
			return -1;
	}
	if (merge(out, err) != 0)
		return -1;
	return part == RECORD_NEWEST && ended != NULL && out->merged != NULL
	    ? leave_out(recorder, ended, out->merged, err)
	    : 0;
}

int
record_load(const struct recorder *recorder, const char *plan_id,
    enum record_part part, struct record *out, struct err *err)
{
	struct apply_keys keys = { 0 };
	int result;

	*out = (struct record){ 0 };
	if (recorder->file != NULL) {
		if (load_file(recorder->file, out, err) != 0)
			return -1;
		return merge(out, err);
	}
	if (recorder->repo == NULL)
		return 0;
	result = list_keys(recorder, &keys, err);
	if (result == 0)
		result = load_keys(recorder, &keys, plan_id, part, out, err);
	apply_keys_release(&keys);
	return result;
}

void
record_release(struct record *record)
{
	for (size_t i = 0; i < record->count; i++)
		plan_release(&record->plans[i]);
	free(record->plans);
	*record = (struct record){ 0 };
}

int
record_fits(
    const struct record *record, const struct plan *plan, struct err *err)
{
	if (record->merged == NULL || same_shape(record->merged, plan))
		return 0;
	if (strcmp(record->merged->id, plan->id) == 0)
		return err_set(err, ERR_CORRUPT,
		    "the record of plan %s has other rows than the plan",
		    plan->id);
	err_set(err, ERR_USAGE, "there is the record of another plan, %s",
	    record->merged->id);
	err_hint(err, "--record takes a new file for each plan");
	return -1;
}

/* --- which of them ----------------------------------------------------- */

static bool
is_settled(const struct apply_keys *keys, const char *plan_id)
{
	bool settled;

	(void)find_begin(keys, plan_id, &settled);
	return settled;
}

static bool
is_undone(const struct apply_keys *keys, const char *plan_id)
{
	bool undone = false;

	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->keys[i].plan_id, plan_id) == 0 &&
		    keys->keys[i].event != APPLY_STOPPED)
			undone = keys->keys[i].event == APPLY_UNDONE;
	return undone;
}

/* An undo of an undo, or of what lies before it, is too easily not meant. */
static int
find_latest(const struct recorder *recorder, const struct apply_keys *keys,
    char plan_id[ENV_ID_MAX], struct err *err)
{
	const struct apply_key *key = NULL;
	struct record record = { 0 };
	char undoes[ENV_ID_MAX];

	for (size_t i = keys->count; i-- > 0 && key == NULL;)
		if (keys->keys[i].event == APPLY_BEGAN)
			key = &keys->keys[i];
	if (key == NULL)
		return err_set(err, ERR_NOT_FOUND,
		    "nothing is left to be undone: this repository has no "
		    "record of a restore on this cluster");
	if (load_object(recorder, key, &record, err) != 0) {
		record_release(&record);
		return -1;
	}
	memcpy(undoes, record.plans[0].undoes, sizeof(undoes));
	record_release(&record);
	/* One that could not put back everything is gone on with. */
	memcpy(plan_id, undoes[0] != '\0' ? undoes : key->plan_id, ENV_ID_MAX);
	if (!is_undone(keys, plan_id))
		return 0;
	memcpy(plan_id, key->plan_id, ENV_ID_MAX);
	err_set(err, ERR_NOT_FOUND, "the newest change, %s, %s %s", plan_id,
	    undoes[0] != '\0' ? "is an undo already, of" : "is undone already",
	    undoes);
	err_hint(err,
	    "name by its id what is to be undone: tidemark list --restores");
	return -1;
}

static int
find_prefix(const struct apply_keys *keys, const char *word,
    char plan_id[ENV_ID_MAX], struct err *err)
{
	char shown[SHOWN_MAX];
	const char *found = NULL;

	(void)utf8_escape_to(bytes_of(word), shown, sizeof(shown));
	for (size_t i = 0; i < keys->count && strlen(word) >= 4; i++) {
		const struct apply_key *key = &keys->keys[i];

		if (key->event != APPLY_BEGAN ||
		    strncmp(key->plan_id, word, strlen(word)) != 0)
			continue;
		if (found != NULL && strcmp(found, key->plan_id) != 0)
			return err_set(err, ERR_USAGE, "%s: %s and %s begin so",
			    shown, found, key->plan_id);
		found = key->plan_id;
	}
	if (found == NULL) {
		err_set(err, ERR_NOT_FOUND,
		    "%s: there is no such record of this cluster", shown);
		err_hint(err, "tidemark list --restores lists them");
		return -1;
	}
	memcpy(plan_id, found, ENV_ID_MAX);
	return 0;
}

int
record_find(const struct recorder *recorder, const char *word,
    char plan_id[ENV_ID_MAX], struct err *err)
{
	struct apply_keys keys = { 0 };
	int result = list_keys(recorder, &keys, err);

	if (result == 0)
		result = strcmp(word, "latest") == 0
		    ? find_latest(recorder, &keys, plan_id, err)
		    : find_prefix(&keys, word, plan_id, err);
	apply_keys_release(&keys);
	return result;
}

/* Is it the newest beginning of its plan? */
static bool
is_newest(const struct apply_keys *keys, size_t at)
{
	for (size_t i = at + 1; i < keys->count; i++)
		if (keys->keys[i].event == APPLY_BEGAN &&
		    strcmp(keys->keys[i].plan_id, keys->keys[at].plan_id) == 0)
			return false;
	return true;
}

int
record_list(struct repo *repo, const char *cluster,
    void (*visit)(void *context, const struct record_line *line), void *context,
    struct err *err)
{
	struct apply_keys keys = { 0 };
	const int result = applies_list(repo, cluster, &keys, err);

	for (size_t i = 0; i < keys.count && result == 0; i++) {
		const struct apply_key *key = &keys.keys[i];
		struct record_line line = { .began_ms = key->at_ms };

		if (key->event != APPLY_BEGAN || !is_newest(&keys, i))
			continue;
		memcpy(line.plan_id, key->plan_id, sizeof(line.plan_id));
		line.state = is_undone(&keys, key->plan_id) ? RECORD_UNDONE
		    : is_settled(&keys, key->plan_id)       ? RECORD_FINISHED
							    : RECORD_UNFINISHED;
		visit(context, &line);
	}
	apply_keys_release(&keys);
	return result;
}

/* Both are sorted by name. */
static bool
share_a_group(const struct plan *record, const struct plan *plan)
{
	size_t i = 0, j = 0;

	while (i < record->group_count && j < plan->group_count) {
		const int order =
		    bytes_compare(record->groups[i].name, plan->groups[j].name);

		if (order == 0 && changes(&record->groups[i]) &&
		    plan_group_has_work(&plan->groups[j]))
			return true;
		i += order <= 0;
		j += order >= 0;
	}
	return false;
}

static int
blocks(const struct recorder *recorder, const struct apply_keys *keys,
    const char *plan_id, const struct plan *plan, bool *out, struct err *err)
{
	struct record record = { 0 };
	int result =
	    load_keys(recorder, keys, plan_id, RECORD_OPEN, &record, err);

	*out = result == 0 && record.merged != NULL &&
	    share_a_group(record.merged, plan);
	record_release(&record);
	if (result != 0)
		err_hint(err, "--force-stale passes unfinished applies over");
	return result;
}

int
record_blocker(const struct recorder *recorder, const struct plan *plan,
    char plan_id[ENV_ID_MAX], struct err *err)
{
	struct apply_keys keys = { 0 };
	bool found = false;
	int result;

	plan_id[0] = '\0';
	if (recorder->repo == NULL)
		return 0;
	result = list_keys(recorder, &keys, err);
	for (size_t i = 0; i < keys.count && result == 0 && !found; i++) {
		const char *other = keys.keys[i].plan_id;

		if (keys.keys[i].event != APPLY_BEGAN ||
		    strcmp(other, plan->id) == 0 ||
		    strcmp(other, plan->undoes) == 0 ||
		    is_settled(&keys, other))
			continue;
		result = blocks(recorder, &keys, other, plan, &found, err);
		if (found)
			memcpy(plan_id, other, ENV_ID_MAX);
	}
	apply_keys_release(&keys);
	return result;
}

/* --- before the first change ------------------------------------------- */

/* Is it about to be changed, and not recorded yet?  What is right already is
 * not changed. */
static bool
is_new(const struct plan_row *row, const struct apply_row *ended,
    const struct plan_row *before)
{
	return plan_row_changes(row) && ended->outcome == APPLY_UNTOUCHED &&
	    applycheck_is_written(row, ended) &&
	    (before == NULL || !plan_row_changes(before));
}

static size_t
copy_group(struct arena *arena, const struct plan_group *from,
    const struct apply_group *ended, const struct plan_group *before,
    struct plan_group *out)
{
	size_t count = 0;

	*out = *from;
	out->rows = arena_alloc(arena, from->row_count, sizeof(*out->rows));
	for (size_t i = 0; i < from->row_count; i++) {
		struct plan_row *row = &out->rows[i];

		*row = from->rows[i];
		if (is_new(row, &ended->rows[i],
			before == NULL ? NULL : &before->rows[i])) {
			row->now = ended->rows[i].found;
			out->exists = out->exists || row->now.present;
			count++;
		} else if (plan_row_changes(row) ||
		    (plan_row_is_work(row) &&
			ended->rows[i].outcome != APPLY_UNTOUCHED)) {
			row->action = PLAN_SKIP;
		}
	}
	return count;
}

static int
write_begin(struct recorder *recorder, const struct plan *plan, struct err *err)
{
	struct buf text = { 0 };
	struct apply_key key;
	int result;

	plancodec_encode(plan, &text);
	if (recorder->file != NULL) {
		result = file_create(recorder->file, buf_bytes(&text), err);
	} else {
		apply_key_make(recorder->cluster_id, plan->id, APPLY_BEGAN,
		    recorder->env, &key);
		result =
		    applies_put(recorder->repo, &key, buf_bytes(&text), err);
	}
	buf_release(&text);
	if (result == 0)
		return 0;
	err_wrap(err, "nothing was changed: the record cannot be kept");
	if (err->hint[0] == '\0')
		err_hint(err, "%s",
		    recorder->file != NULL
			? "--record takes a new file, in a folder that can be "
			  "written to"
			: "--record FILE keeps it in a new file on this "
			  "machine");
	return -1;
}

int
record_begin(void *context, const struct plan *plan,
    const struct apply_result *result, struct err *err)
{
	struct recorder *recorder = context;
	const struct plan *before =
	    recorder->before == NULL ? NULL : recorder->before->merged;
	struct plan copy = *plan;
	struct arena arena = { 0 };
	size_t count = 0;
	int status = 0;

	copy.recorded_ms = env_now_ms(recorder->env);
	copy.groups =
	    arena_alloc(&arena, plan->group_count, sizeof(*copy.groups));
	for (size_t i = 0; i < plan->group_count; i++)
		count +=
		    copy_group(&arena, &plan->groups[i], &result->groups[i],
			before == NULL ? NULL : &before->groups[i],
			&copy.groups[i]);
	if (count > 0)
		status = write_begin(recorder, &copy, err);
	recorder->began = status == 0 && (count > 0 || before != NULL);
	arena_release(&arena);
	return status;
}

/* --- afterwards -------------------------------------------------------- */

bool
record_is_finished(const struct apply_result *result)
{
	return !result->interrupted &&
	    result->outcomes[APPLY_UNTOUCHED] + result->outcomes[APPLY_UNREAD] +
		result->outcomes[APPLY_DOUBT] ==
	    0;
}

static void
add_outcome(const struct plan_group *group, const struct plan_row *row,
    const struct apply_row *ended, struct buf *out)
{
	buf_add_char(out, '{');
	jsonline_add_name(out, "group", group->name);
	buf_add_char(out, ',');
	jsonline_add_name(out, "topic", row->topic);
	buf_add_format(out, ",\"partition\":%d,\"outcome\":\"%s\",",
	    (int)row->partition, apply_outcome_text(ended->outcome));
	jsonline_add_name(out, "text", bytes_of(ended->text));
	buf_add_text(out, "}\n");
}

/* A line for each position that was to be changed, between a header and a last
 * line with their count and hash. */
static void
encode_outcome(const struct recorder *recorder, const struct plan *plan,
    const struct apply_result *result, struct buf *out)
{
	char hash[SHA256_HEX_MAX], at[TIME_RFC3339_MAX];
	size_t rows = 0;

	buf_add_format(out,
	    "{\"apply\":1,\"plan\":\"%s\",\"ended\":\"%s\",\"finished\":%s,"
	    "\"interrupted\":%s,\"status\":%d}\n",
	    plan->id, time_format(env_now_ms(recorder->env), at),
	    record_is_finished(result) ? "true" : "false",
	    result->interrupted ? "true" : "false", apply_exit_status(result));
	for (size_t i = 0; i < plan->group_count; i++)
		for (size_t j = 0; j < plan->groups[i].row_count; j++) {
			if (!plan_row_is_work(&plan->groups[i].rows[j]))
				continue;
			add_outcome(&plan->groups[i], &plan->groups[i].rows[j],
			    &result->groups[i].rows[j], out);
			rows++;
		}
	(void)sha256_hex(out->data, out->size, hash);
	buf_add_format(
	    out, "{\"end\":true,\"rows\":%zu,\"sha256\":\"%s\"}\n", rows, hash);
}

static int
put_event(const struct recorder *recorder, const char *plan_id,
    enum apply_event event, struct bytes text, struct err *err)
{
	struct apply_key key;

	apply_key_make(
	    recorder->cluster_id, plan_id, event, recorder->env, &key);
	return applies_put(recorder->repo, &key, text, err);
}

int
record_end(const struct recorder *recorder, const struct plan *plan,
    const struct apply_result *result, struct err *err)
{
	const bool undone =
	    plan->undoes[0] != '\0' && apply_exit_status(result) == 0;
	struct buf text = { 0 };
	int status = 0;

	if (recorder->repo == NULL || result->dry_run ||
	    (!recorder->began && !undone))
		return 0;
	encode_outcome(recorder, plan, result, &text);
	if (recorder->began && recorder->file == NULL)
		status = put_event(recorder, plan->id,
		    record_is_finished(result) ? APPLY_FINISHED : APPLY_STOPPED,
		    buf_bytes(&text), err);
	if (status == 0 && undone)
		status = put_event(recorder, plan->undoes, APPLY_UNDONE,
		    buf_bytes(&text), err);
	buf_release(&text);
	return status;
}
