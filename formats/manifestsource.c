/*
 * manifestsource.c - see manifestsource.h.
 */
#include "formats/manifestsource.h"

#include <inttypes.h>

#include "common/timetext.h"
#include "formats/jsonline.h"

void
manifestsource_add(const struct snapshot_info *info, struct buf *out)
{
	const struct snapshot_scan *scan = &info->scan;
	const struct snapshot_compare *compare = &info->compare;

	if (info->source == SOURCE_API)
		return;
	buf_add_format(
	    out, " \"source\":\"%s\",\n", snapshot_source_text(info->source));
	buf_add_format(out,
	    " \"scan\":{\"records\":%zu,\"unknown_types\":%zu,"
	    "\"unknown_versions\":%zu,\"broken\":%zu},\n",
	    scan->record_count, scan->unknown_type_count,
	    scan->unknown_version_count, scan->broken_count);
	if (info->source == SOURCE_BOTH)
		buf_add_format(out,
		    " \"compare\":{\"agreed\":%zu,\"moving\":%zu,"
		    "\"only_api\":%zu,\"only_topic\":%zu,"
		    "\"differing\":%zu},\n",
		    compare->agreed_count, compare->moving_count,
		    compare->only_api_count, compare->only_topic_count,
		    compare->differing_count);
	if (info->as_of_ms != -1)
		buf_add_format(
		    out, " \"as_of\":%" PRId64 ",\n", info->as_of_ms);
	if (info->last_known)
		buf_add_text(out, " \"last_known\":true,\n");
}

static int
get_scan(const json_t *root, struct snapshot_scan *out, struct err *err)
{
	json_t *scan;

	if (jsonline_get_object(root, "scan", &scan, err) != 0)
		return -1;
	if (scan == NULL)
		return err_set(err, ERR_CORRUPT, "\"scan\" is missing");
	if (jsonline_need_count(
		scan, "records", INT64_MAX, &out->record_count, err) != 0 ||
	    jsonline_need_count(scan, "unknown_types", INT64_MAX,
		&out->unknown_type_count, err) != 0 ||
	    jsonline_need_count(scan, "unknown_versions", INT64_MAX,
		&out->unknown_version_count, err) != 0 ||
	    jsonline_need_count(
		scan, "broken", INT64_MAX, &out->broken_count, err) != 0)
		return -1;
	return 0;
}

static int
get_compare(const json_t *root, struct snapshot_compare *out, struct err *err)
{
	json_t *compare;

	if (jsonline_get_object(root, "compare", &compare, err) != 0)
		return -1;
	if (compare == NULL)
		return err_set(err, ERR_CORRUPT, "\"compare\" is missing");
	if (jsonline_need_count(
		compare, "agreed", INT64_MAX, &out->agreed_count, err) != 0 ||
	    jsonline_need_count(
		compare, "moving", INT64_MAX, &out->moving_count, err) != 0 ||
	    jsonline_need_count(compare, "only_api", INT64_MAX,
		&out->only_api_count, err) != 0 ||
	    jsonline_need_count(compare, "only_topic", INT64_MAX,
		&out->only_topic_count, err) != 0 ||
	    jsonline_need_count(compare, "differing", INT64_MAX,
		&out->differing_count, err) != 0)
		return -1;
	return 0;
}

int
manifestsource_get(
    const json_t *root, struct snapshot_info *info, struct err *err)
{
	struct bytes word = bytes_of(snapshot_source_text(SOURCE_API));

	info->as_of_ms = -1;
	if (jsonline_get_string(root, "source", &word, err) != 0)
		return -1;
	if (!snapshot_source_parse(word.data, &info->source))
		return err_set(err, ERR_UNSUPPORTED,
		    "the archive's source is not known to this version");
	if (info->source == SOURCE_API)
		return 0;
	if (get_scan(root, &info->scan, err) != 0 ||
	    jsonline_get_i64(
		root, "as_of", 0, TIME_LAST_MS, &info->as_of_ms, err) != 0 ||
	    jsonline_get_bool(root, "last_known", &info->last_known, err) != 0)
		return -1;
	return info->source == SOURCE_BOTH
	    ? get_compare(root, &info->compare, err)
	    : 0;
}
