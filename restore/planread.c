/* Reading a plan: see plancodec.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/encoding.h"
#include "common/hash.h"
#include "common/xalloc.h"
#include "formats/jsonline.h"
#include "restore/fields.h"
#include "restore/plan.h"
#include "restore/plancodec.h"
#include "restore/planreadrow.h"

struct reader {
	struct plan *plan;
	const char *at, *end; /* what is not read yet; the last line is */
	size_t line;
	size_t rows;
	size_t group_capacity;
};

/* --- lines ------------------------------------------------------------- */

/* NULL in *out at the end of the lines. */
static int
next_line(struct reader *reader, json_t **out, struct err *err)
{
	const char *stop;
	struct bytes line;

	*out = NULL;
	if (reader->at == reader->end)
		return 0;
	stop = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
	reader->line++;
	if (stop == NULL)
		return err_set(err, ERR_CORRUPT, "the line has no end");
	line.data = reader->at;
	line.size = (size_t)(stop - reader->at);
	reader->at = stop + 1;
	return jsonline_parse(line, PLANCODEC_LINE_MAX, out, err);
}

static int
read_rows(struct reader *reader, struct plan_group *group, size_t count,
    struct err *err)
{
	/* No row is shorter than this many bytes: bound before allocating. */
	if (count > (size_t)(reader->end - reader->at) / 64)
		return fields_wrong("rows", err);
	group->rows =
	    arena_alloc(&reader->plan->arena, count, sizeof(*group->rows));
	for (size_t i = 0; i < count; i++) {
		const struct plan_row *last = &group->rows[i - (i > 0)];
		struct plan_row *row = &group->rows[i];
		json_t *object;
		int result, order;

		if (next_line(reader, &object, err) != 0)
			return -1;
		if (object == NULL)
			return err_set(err, ERR_CORRUPT, "rows are missing");
		result =
		    planread_row(object, &reader->plan->arena, group, row, err);
		json_decref(object);
		if (result != 0)
			return -1;
		group->row_count++;
		order = bytes_compare(last->topic, row->topic);
		if (i > 0 &&
		    (order > 0 ||
			(order == 0 && last->partition >= row->partition)))
			return err_set(err, ERR_CORRUPT,
			    "the row is out of order, or stands twice");
	}
	reader->rows += count;
	return 0;
}

static int
read_groups(struct reader *reader, struct plan_group **groups, struct err *err)
{
	struct plan *plan = reader->plan;

	for (;;) {
		struct plan_group *group;
		json_t *object;
		size_t rows = 0;
		int result;

		if (next_line(reader, &object, err) != 0)
			return -1;
		if (object == NULL)
			return 0;
		*groups = xgrow(*groups, plan->group_count,
		    &reader->group_capacity, sizeof(**groups));
		group = &(*groups)[plan->group_count++];
		memset(group, 0, sizeof(*group));
		group->skip_share = plan->skip_share_groups;
		result =
		    planread_group(object, &plan->arena, group, &rows, err);
		json_decref(object);
		if (result != 0)
			return -1;
		if (plan->group_count > 1 &&
		    bytes_compare(group[-1].name, group->name) >= 0)
			return err_set(err, ERR_CORRUPT,
			    "the group is out of order, or stands twice");
		if (read_rows(reader, group, rows, err) != 0)
			return -1;
	}
}

/* A plan from before it was asked for has none. */
static int
read_retention(const json_t *object, struct retention *out, struct err *err)
{
	if (json_object_get(object, "retention_ms") == NULL)
		return 0;
	if (fields_i64(object, "retention_ms", 0, &out->ms, err) != 0)
		return -1;
	return fields_bool(object, "retention_known", &out->known, err);
}

/* Ids become parts of keys in the repository. */
static bool
is_id(const char *text)
{
	return strlen(text) == ENV_ID_MAX - 1 &&
	    strspn(text, "0123456789abcdef") == ENV_ID_MAX - 1;
}

/* Keys that the first plans did not have. */
static int
read_later_keys(const json_t *object, struct plan *plan, struct err *err)
{
	if (json_object_get(object, "undoes") != NULL &&
	    fields_array(object, "undoes", &plan->arena,
		(struct field_array){ plan->undoes, sizeof(plan->undoes) },
		err) != 0)
		return -1;
	if (plan->undoes[0] != '\0' && !is_id(plan->undoes))
		return fields_wrong("undoes", err);
	if (json_object_get(object, "recorded") != NULL &&
	    fields_time(object, "recorded", &plan->recorded_ms, err) != 0)
		return -1;
	return json_object_get(object, "skip_share_groups") == NULL
	    ? 0
	    : fields_bool(
		  object, "skip_share_groups", &plan->skip_share_groups, err);
}

static int
read_header(struct reader *reader, struct err *err)
{
	static const char *const keys[] = { "plan", "id", "created", "cluster",
		"question", "at", "snapshot", "policy", "writer", "names_open",
		"skip_share_groups", "undoes", "recorded", "retention_ms",
		"retention_known", NULL };
	struct plan *plan = reader->plan;
	struct arena *arena = &plan->arena;
	json_t *object;
	int64_t version;
	int result = -1;

	if (next_line(reader, &object, err) != 0)
		return -1;
	if (object == NULL)
		return err_set(err, ERR_CORRUPT, "the file is empty");
	if (fields_i64(object, "plan", 1, &version, err) != 0)
		goto out;
	if (version > PLANCODEC_VERSION) {
		(void)err_set(err, ERR_UNSUPPORTED,
		    "a plan of version %" PRId64
		    ", and this program reads up to %d",
		    version, PLANCODEC_VERSION);
		goto out;
	}
	plan->has_at = json_object_get(object, "snapshot") == NULL;
	if (fields_check(object, keys, err) != 0 ||
	    fields_array(object, "id", arena,
		(struct field_array){ plan->id, sizeof(plan->id) }, err) != 0 ||
	    fields_time(object, "created", &plan->created_ms, err) != 0 ||
	    fields_array(object, "cluster", arena,
		(struct field_array){
		    plan->cluster_id, sizeof(plan->cluster_id) },
		err) != 0 ||
	    fields_array(object, "question", arena,
		(struct field_array){ plan->question, sizeof(plan->question) },
		err) != 0 ||
	    fields_time(object, "at", &plan->at_ms, err) != 0 ||
	    (!plan->has_at &&
		fields_array(object, "snapshot", arena,
		    (struct field_array){
			plan->snapshot_id, sizeof(plan->snapshot_id) },
		    err) != 0) ||
	    fields_array(object, "policy", arena,
		(struct field_array){ plan->policy, sizeof(plan->policy) },
		err) != 0 ||
	    fields_array(object, "writer", arena,
		(struct field_array){ plan->writer, sizeof(plan->writer) },
		err) != 0 ||
	    fields_bool(object, "names_open", &plan->names_open, err) != 0 ||
	    read_later_keys(object, plan, err) != 0 ||
	    read_retention(object, &plan->retention, err) != 0 ||
	    planread_plain("cluster", plan->cluster_id, err) != 0)
		goto out;
	result = is_id(plan->id) ? 0 : fields_wrong("id", err);
out:
	json_decref(object);
	return result;
}

/* --- the last line ----------------------------------------------------- */

struct trailer {
	int64_t groups, rows;
};

/* Find the last line, check it, and leave what is before it to be read. */
static int
read_trailer(struct reader *reader, struct bytes text, struct trailer *out,
    struct err *err)
{
	static const char *const keys[] = { "end", "groups", "rows", "sha256",
		NULL };
	size_t start = text.size > 0 ? text.size - 1 : 0;
	char expected[SHA256_HEX_MAX] = "";
	char found[SHA256_HEX_MAX];
	json_t *object = NULL;
	struct arena arena = { 0 };
	bool end = false;
	int result = -1;

	if (!bytes_start_with(text, bytes_of("{\"plan\":")))
		return err_set(err, ERR_CORRUPT,
		    "the file does not begin as a plan of tidemark");
	if (text.data[start] != '\n')
		return err_set(err, ERR_CORRUPT,
		    "the last line is missing: the file was cut short");
	while (start > 0 && text.data[start - 1] != '\n')
		start--;
	if (jsonline_parse(
		(struct bytes){ text.data + start, text.size - 1 - start },
		PLANCODEC_LINE_MAX, &object, err) != 0)
		return -1;
	if (fields_bool(object, "end", &end, err) != 0 || !end) {
		(void)err_set(err, ERR_CORRUPT,
		    "the last line is missing: the file was cut short");
		goto out;
	}
	if (fields_check(object, keys, err) != 0 ||
	    fields_i64(object, "groups", 0, &out->groups, err) != 0 ||
	    fields_i64(object, "rows", 0, &out->rows, err) != 0 ||
	    fields_array(object, "sha256", &arena,
		(struct field_array){ expected, sizeof(expected) }, err) != 0)
		goto out;
	if (strcmp(sha256_hex(text.data, start, found), expected) != 0) {
		(void)err_set(err, ERR_CORRUPT,
		    "the hash in the last line is another: the plan was "
		    "changed after it was made");
		goto out;
	}
	reader->at = text.data;
	reader->end = text.data + start;
	result = 0;
out:
	json_decref(object);
	arena_release(&arena);
	return result;
}

int
plancodec_decode(struct bytes text, struct plan *out, struct err *err)
{
	struct reader reader = { 0 };
	struct trailer trailer = { 0 };
	struct plan_group *groups = NULL;
	int result = -1;

	memset(out, 0, sizeof(*out));
	reader.plan = out;
	if (text.size > PLANCODEC_SIZE_MAX)
		return err_set(err, ERR_CORRUPT, "the plan is too large");
	if (read_trailer(&reader, text, &trailer, err) != 0)
		return err_wrap(err, "plan");
	if (read_header(&reader, err) != 0 ||
	    read_groups(&reader, &groups, err) != 0) {
		(void)err_wrap(err, "plan, line %zu", reader.line);
		goto out;
	}
	if (trailer.groups != (int64_t)out->group_count ||
	    trailer.rows != (int64_t)reader.rows) {
		(void)err_set(err, ERR_CORRUPT,
		    "plan: the counts in the last line are others");
		goto out;
	}
	out->groups =
	    arena_alloc(&out->arena, out->group_count, sizeof(*out->groups));
	if (groups != NULL)
		memcpy(out->groups, groups,
		    out->group_count * sizeof(*out->groups));
	result = 0;
out:
	free(groups);
	if (result != 0)
		plan_release(out);
	return result;
}
