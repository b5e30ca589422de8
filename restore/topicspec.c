#include "restore/topicspec.h"

#include <stdlib.h>
#include <string.h>

#include "common/parsenum.h"
#include "common/pattern.h"
#include "common/utf8.h"
#include "common/xalloc.h"

#define SHOWN_MAX 120

static int
compare_numbers(const void *left, const void *right)
{
	const int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;

	return (a > b) - (a < b);
}

/* Where the partitions begin; NULL: none are given.  An expression has colons
 * of its own, and a list of numbers at its end only if that is meant. */
static const char *
find_partitions(const char *text)
{
	const char *colon = strrchr(text, ':');

	if (colon == NULL || strncmp(text, "re:", 3) != 0)
		return colon;
	if (colon == text + 2 || colon[1] == '\0' ||
	    strspn(colon + 1, "0123456789,") != strlen(colon + 1))
		return NULL;
	return colon;
}

static int
refuse(const char *text, struct err *err)
{
	char shown[SHOWN_MAX];

	err_set(err, ERR_USAGE,
	    "--topic '%s': partitions are whole numbers with commas between",
	    utf8_escape_to(bytes_of(text), shown, sizeof(shown)));
	err_hint(err, "for example --topic orders:0,1,2");
	return -1;
}

static int
parse_partitions(
    const char *text, const char *list, struct topicspec *spec, struct err *err)
{
	struct bytes rest = bytes_of(list);
	size_t kept = 0;

	spec->partitions = xcalloc(rest.size + 1, sizeof(*spec->partitions));
	for (;;) {
		const char *comma = memchr(rest.data, ',', rest.size);
		const size_t size =
		    comma == NULL ? rest.size : (size_t)(comma - rest.data);

		if (!parse_i32((struct bytes){ rest.data, size }, 0, INT32_MAX,
			&spec->partitions[spec->count]))
			return refuse(text, err);
		spec->count++;
		if (comma == NULL)
			break;
		rest.data += size + 1;
		rest.size -= size + 1;
	}
	qsort(spec->partitions, spec->count, sizeof(*spec->partitions),
	    compare_numbers);
	for (size_t i = 0; i < spec->count; i++)
		if (kept == 0 ||
		    spec->partitions[kept - 1] != spec->partitions[i])
			spec->partitions[kept++] = spec->partitions[i];
	spec->count = kept;
	return 0;
}

int
topicspecs_parse(const char *const *texts, size_t count, struct topicspecs *out,
    struct err *err)
{
	*out = (struct topicspecs){ 0 };
	out->list = xcalloc(count, sizeof(*out->list));
	out->texts = xcalloc(count, sizeof(*out->texts));
	for (size_t i = 0; i < count; i++) {
		struct topicspec *spec = &out->list[out->count];
		const char *colon = find_partitions(texts[i]);
		const size_t size = colon == NULL ? strlen(texts[i])
						  : (size_t)(colon - texts[i]);

		spec->text = xmemdup0(texts[i], size);
		out->texts[out->count++] = spec->text;
		if (pattern_new(spec->text, &spec->pattern, err) != 0)
			return -1;
		if (colon != NULL &&
		    parse_partitions(texts[i], colon + 1, spec, err) != 0)
			return -1;
	}
	return 0;
}

static bool
takes(const struct topicspec *spec, struct bytes topic, int32_t partition)
{
	if (!pattern_matches(spec->pattern, topic))
		return false;
	return spec->count == 0 ||
	    bsearch(&partition, spec->partitions, spec->count,
		sizeof(partition), compare_numbers) != NULL;
}

bool
topicspecs_take(
    const struct topicspecs *specs, struct bytes topic, int32_t partition)
{
	for (size_t i = 0; i < specs->count; i++)
		if (takes(&specs->list[i], topic, partition))
			return true;
	return specs->count == 0;
}

void
topicspecs_release(struct topicspecs *specs)
{
	for (size_t i = 0; i < specs->count; i++) {
		free(specs->list[i].text);
		pattern_free(specs->list[i].pattern);
		free(specs->list[i].partitions);
	}
	free(specs->list);
	free(specs->texts);
	*specs = (struct topicspecs){ 0 };
}
