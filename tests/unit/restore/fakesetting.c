#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/restore/fakesetting.h"

static int
read_limit(const struct fakesetting *fake, struct topic_config *out)
{
	out->own = fake->limit_is_own;
	buf_add_text(&out->value,
	    fake->limit != NULL ? fake->limit : "9223372036854775807");
	return 0;
}

int
fakesetting_read(struct fakesetting *fake, int32_t broker,
    const struct topic_setting *setting, struct topic_config *out,
    struct err *err)
{
	const char *told = fake->told[broker == 2 ? 1 : 0];

	fake->reads++;
	assert_string_equal(setting->topic, "__consumer_offsets");
	if (fake->read_error != ERR_NONE)
		return err_set(err, fake->read_error, "reading: no");
	if (broker == 2 && fake->second_is_silent)
		return err_set(err, ERR_UNAVAILABLE, "broker 2: no answer");
	if (strcmp(setting->name, "max.compaction.lag.ms") == 0)
		return read_limit(fake, out);
	assert_string_equal(setting->name, "min.compaction.lag.ms");
	out->own = told[0] != '\0';
	buf_add_text(&out->value, out->own ? told : "0");
	return 0;
}

int
fakesetting_change(struct fakesetting *fake, const struct topic_change *change,
    int *code, struct err *err)
{
	assert_string_equal(change->setting.name, "min.compaction.lag.ms");
	if (change->check_only) {
		fake->checks++;
		if (fake->limit != NULL && change->value != NULL) {
			*code = KAFKA_INVALID_CONFIG;
			return err_set(err, ERR_REFUSED, "INVALID_CONFIG");
		}
		return fake->check_error == ERR_NONE
		    ? 0
		    : err_set(err, fake->check_error, "checking: no");
	}
	fake->changes++;
	if (!fake->loses_request)
		(void)snprintf(fake->value, sizeof(fake->value), "%s",
		    change->value != NULL ? change->value : "");
	if (fake->sleeps_to_learn == 0)
		fakesetting_tick(fake);
	if (!fake->loses_request && !fake->loses_answer)
		return 0;
	*code = KAFKA_LOCAL_TIMED_OUT;
	return err_set(err, ERR_UNAVAILABLE, "changing: no answer");
}

void
fakesetting_tick(struct fakesetting *fake)
{
	if (fake->sleeps_to_learn > 0) {
		fake->sleeps_to_learn--;
		return;
	}
	for (size_t i = 0; i < FAKESETTING_BROKERS; i++) {
		if (i == 0 || !fake->second_never_learns)
			memcpy(fake->told[i], fake->value, FAKESETTING_MAX);
	}
}

void
fakesetting_set(struct fakesetting *fake, const char *value)
{
	(void)snprintf(fake->value, sizeof(fake->value), "%s", value);
	for (size_t i = 0; i < FAKESETTING_BROKERS; i++)
		memcpy(fake->told[i], fake->value, FAKESETTING_MAX);
}
