#include "restore/policyrules.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/pattern.h"
#include "common/utf8.h"
#include "common/xalloc.h"

#define TOPIC_PREFIX "topic:"
#define GROUP_PREFIX "group:"
#define PRESET_KEY "preset"
#define GAP_PREFIX "on-"
#define SHOWN_MAX 80

/* What GAP_FORWARD and GAP_BACKWARD allow only a preset or the words of this
 * run say: they have no key. */
const char *const policyrules_keys[] = { PRESET_KEY, "on-missing-topic",
	"on-recreated", "on-below-log-start", "on-above-log-end",
	"on-new-partition", "on-missing-partition", "on-share-group", NULL };

static const char *
behind(const char *text, const char *prefix)
{
	const size_t size = strlen(prefix);

	return strncmp(text, prefix, size) == 0 ? text + size : NULL;
}

int
policyrules_add(struct policyrules *rules, const char *whom, struct err *err)
{
	const char *topic = behind(whom, TOPIC_PREFIX);
	const char *group = behind(whom, GROUP_PREFIX);
	struct policyrule rule = { .is_topic = topic != NULL };
	struct buf name = { 0 };

	if (topic == NULL && group == NULL) {
		err_set(err, ERR_USAGE,
		    "[policy] needs to know whose: topics or groups");
		err_hint(err,
		    "write [policy \"topic:PATTERN\"] or "
		    "[policy \"group:PATTERN\"]");
		return -1;
	}
	if (pattern_new(topic != NULL ? topic : group, &rule.pattern, err) != 0)
		return -1;
	buf_add_text(&name, "[policy \"");
	utf8_escape(&name, bytes_of(whom));
	buf_add_text(&name, "\"]");
	rule.name = arena_text(&rules->arena, buf_text(&name));
	buf_release(&name);
	rules->list = xgrow(
	    rules->list, rules->count, &rules->capacity, sizeof(*rules->list));
	rules->list[rules->count++] = rule;
	return 0;
}

/* A share group is one as a whole: topics do not come into it. */
static bool
is_out_of_reach(const struct policyrule *rule, size_t gap)
{
	return rule->is_topic && gap == GAP_SHARE_GROUP;
}

/* What has been set on its own stays. */
static int
set_preset(struct policyrule *rule, const char *value, struct err *err)
{
	enum gap_choice on[GAP_COUNT];

	if (policy_preset(value, on, err) != 0)
		return -1;
	for (size_t gap = 0; gap < GAP_COUNT; gap++) {
		if (rule->sets[gap] || is_out_of_reach(rule, gap))
			continue;
		rule->sets[gap] = true;
		rule->on[gap] = on[gap];
	}
	return 0;
}

static int
set_gap(
    struct policyrule *rule, enum gap gap, const char *value, struct err *err)
{
	if (is_out_of_reach(rule, gap))
		return err_set(err, ERR_USAGE,
		    "on-share-group is about groups, and the section about "
		    "topics");
	if (policy_choice(gap, value, &rule->on[gap], err) != 0)
		return -1;
	rule->sets[gap] = true;
	return 0;
}

int
policyrules_set(struct policyrules *rules, const char *key, const char *value,
    struct err *err)
{
	struct policyrule *rule = &rules->list[rules->count - 1];
	const char *name = behind(key, GAP_PREFIX);
	char shown[SHOWN_MAX];

	if (strcmp(key, PRESET_KEY) == 0)
		return set_preset(rule, value, err);
	for (size_t gap = 0; name != NULL && gap < GAP_FORWARD; gap++)
		if (strcmp(name, policy_gap_name((enum gap)gap)) == 0)
			return set_gap(rule, (enum gap)gap, value, err);
	return err_set(err, ERR_NOT_FOUND, "unknown key '%s' in %s",
	    utf8_escape_to(bytes_of(key), shown, sizeof(shown)), rule->name);
}

static void
lay_over(const struct policyrule *rule, struct policy *out)
{
	for (size_t gap = 0; gap < GAP_COUNT; gap++) {
		if (!rule->sets[gap] || out->fixed[gap])
			continue;
		out->on[gap] = rule->on[gap];
		out->by[gap] = rule->name;
	}
}

void
policyrules_for_group(const struct policyrules *rules,
    const struct policy *base, struct bytes group, struct policy *out)
{
	*out = *base;
	for (size_t i = 0; i < rules->count; i++)
		if (!rules->list[i].is_topic &&
		    pattern_matches(rules->list[i].pattern, group))
			lay_over(&rules->list[i], out);
}

void
policyrules_for(const struct policyrules *rules, const struct policy *base,
    struct bytes group, struct bytes topic, struct policy *out)
{
	*out = *base;
	for (size_t i = 0; i < rules->count; i++)
		if (pattern_matches(rules->list[i].pattern,
			rules->list[i].is_topic ? topic : group))
			lay_over(&rules->list[i], out);
}

void
policyrules_release(struct policyrules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		pattern_free(rules->list[i].pattern);
	free(rules->list);
	arena_release(&rules->arena);
	memset(rules, 0, sizeof(*rules));
}
