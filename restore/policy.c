#include "restore/policy.h"

#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "common/utf8.h"

#define SHOWN_MAX 80

static const char *const words[] = {
	[CHOICE_REFUSE] = "refuse",
	[CHOICE_SKIP] = "skip",
	[CHOICE_EARLIEST] = "earliest",
	[CHOICE_LATEST] = "latest",
	[CHOICE_TIME] = "time",
	[CHOICE_ALLOW] = "allow",
};
#define CHOICE_COUNT (sizeof(words) / sizeof(*words))

#define BIT(choice) (1U << (choice))
#define PLACES                                                          \
	(BIT(CHOICE_REFUSE) | BIT(CHOICE_SKIP) | BIT(CHOICE_EARLIEST) | \
	    BIT(CHOICE_LATEST))
#define LEAVES (BIT(CHOICE_REFUSE) | BIT(CHOICE_SKIP))
#define MOVES (BIT(CHOICE_REFUSE) | BIT(CHOICE_ALLOW))

static const struct {
	const char *name;
	unsigned int choices;
	enum gap_choice strict, at_least_once, at_most_once;
} gaps[GAP_COUNT] = {
	[GAP_TOPIC_MISSING] = { "missing-topic", LEAVES, CHOICE_REFUSE,
	    CHOICE_SKIP, CHOICE_SKIP },
	[GAP_TOPIC_RECREATED] = { "recreated", PLACES, CHOICE_REFUSE,
	    CHOICE_EARLIEST, CHOICE_LATEST },
	[GAP_BELOW_LOG_START] = { "below-log-start", PLACES, CHOICE_REFUSE,
	    CHOICE_EARLIEST, CHOICE_EARLIEST },
	[GAP_ABOVE_LOG_END] = { "above-log-end", PLACES | BIT(CHOICE_TIME),
	    CHOICE_REFUSE, CHOICE_TIME, CHOICE_LATEST },
	[GAP_PARTITION_CREATED] = { "new-partition", PLACES, CHOICE_REFUSE,
	    CHOICE_EARLIEST, CHOICE_EARLIEST },
	[GAP_PARTITION_MISSING] = { "missing-partition", LEAVES, CHOICE_REFUSE,
	    CHOICE_SKIP, CHOICE_SKIP },
	[GAP_SHARE_GROUP] = { "share-group", LEAVES, CHOICE_REFUSE, CHOICE_SKIP,
	    CHOICE_SKIP },
	[GAP_FORWARD] = { "skip", MOVES, CHOICE_REFUSE, CHOICE_REFUSE,
	    CHOICE_ALLOW },
	[GAP_BACKWARD] = { "rewind", MOVES, CHOICE_ALLOW, CHOICE_ALLOW,
	    CHOICE_REFUSE },
};

int
policy_preset(
    const char *preset, enum gap_choice out[GAP_COUNT], struct err *err)
{
	static const char *const presets[] = { "strict", "at-least-once",
		"at-most-once" };
	char shown[SHOWN_MAX];

	for (size_t i = 0; i < sizeof(presets) / sizeof(*presets); i++) {
		if (strcmp(preset, presets[i]) != 0)
			continue;
		for (size_t gap = 0; gap < GAP_COUNT; gap++)
			out[gap] = i == 0 ? gaps[gap].strict
			    : i == 1      ? gaps[gap].at_least_once
					  : gaps[gap].at_most_once;
		return 0;
	}
	return err_set(err, ERR_USAGE,
	    "policy '%s': there are strict, at-least-once and at-most-once",
	    utf8_escape_to(bytes_of(preset), shown, sizeof(shown)));
}

int
policy_init(struct policy *policy, const char *preset, struct err *err)
{
	*policy = (struct policy){ .max_bracket_ms = POLICY_NO_LIMIT,
		.max_reread = POLICY_NO_LIMIT,
		.max_skip = POLICY_NO_LIMIT };
	if (policy_preset(preset, policy->on, err) != 0)
		return -1;
	(void)snprintf(policy->text, sizeof(policy->text), "%s", preset);
	return 0;
}

static void
add_text(struct policy *policy, const char *name, const char *value)
{
	const size_t size = strlen(policy->text);

	(void)snprintf(policy->text + size, sizeof(policy->text) - size,
	    ", %s=%s", name, value);
}

static int
refuse_choice(enum gap gap, const char *choice, struct err *err)
{
	char shown[SHOWN_MAX];
	char list[SHOWN_MAX] = "";

	for (size_t i = 0; i < CHOICE_COUNT; i++) {
		const size_t size = strlen(list);

		if ((gaps[gap].choices & BIT(i)) != 0)
			(void)snprintf(list + size, sizeof(list) - size, "%s%s",
			    size == 0 ? "" : ", ", words[i]);
	}
	return err_set(err, ERR_USAGE, "%s '%s': one of %s is wanted",
	    gaps[gap].name,
	    utf8_escape_to(bytes_of(choice), shown, sizeof(shown)), list);
}

int
policy_choice(
    enum gap gap, const char *word, enum gap_choice *out, struct err *err)
{
	for (size_t i = 0; i < CHOICE_COUNT; i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		if ((gaps[gap].choices & BIT(i)) == 0)
			break;
		*out = (enum gap_choice)i;
		return 0;
	}
	return refuse_choice(gap, word, err);
}

const char *
policy_gap_name(enum gap gap)
{
	return gaps[gap].name;
}

int
policy_set(
    struct policy *policy, enum gap gap, const char *choice, struct err *err)
{
	if (policy_choice(gap, choice, &policy->on[gap], err) != 0)
		return -1;
	add_text(policy, gaps[gap].name, choice);
	return 0;
}

int
policy_set_moved_back(struct policy *policy, const char *text, struct err *err)
{
	char shown[SHOWN_MAX];

	if (strcmp(text, "before") == 0)
		policy->moved_back = MOVED_BACK_BEFORE;
	else if (strcmp(text, "after") == 0)
		policy->moved_back = MOVED_BACK_AFTER;
	else
		return err_set(err, ERR_USAGE,
		    "moved-back '%s': before or after is wanted",
		    utf8_escape_to(bytes_of(text), shown, sizeof(shown)));
	add_text(policy, "moved-back", text);
	return 0;
}
