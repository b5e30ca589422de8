/*
 * test_plancodec.c - plan files: any bytes survive, and what tidemark would
 * not have written is refused also where its hash is right (contract line 10).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/hash.h"
#include "restore/plan.h"
#include "restore/plancodec.h"

/* One group, two rows, every field used. */
struct sample_plan {
	struct plan plan;
	struct plan_group group;
	struct plan_row rows[2];
	struct plan_member member;
};

static void
make(struct sample_plan *sample)
{
	struct plan_row *row = sample->rows;

	memset(sample, 0, sizeof(*sample));
	sample->plan = (struct plan){ .id = "00000000000000aa",
		.created_ms = 1764079500123,
		.cluster_id = "here",
		.question = "committed",
		.policy = "strict",
		.writer = "test",
		.at_ms = 1764079500000,
		.snapshot_id = "00000000000000bb",
		.retention = { 60000, true },
		.groups = &sample->group,
		.group_count = 1 };
	sample->member.client_id = bytes_of("app");
	sample->member.host = bytes_of("/10.0.0.1");
	sample->group = (struct plan_group){ .name = { "\xff\0g", 3 },
		.renamed = true,
		.from = { "\xfeold", 4 },
		.exists = true,
		.watch = true,
		.type = GROUP_CLASSIC,
		.state = "Empty",
		.protocol_type = "",
		.members = &sample->member,
		.shown_count = 1,
		.member_count = 7,
		.refused = RULE_MEMBERS,
		.text = "7 members",
		.kind = KIND_STREAMS,
		.hint = "state is not rewound",
		.expiry = EXPIRY_EMPTY,
		.rows = sample->rows,
		.row_count = 2 };
	row[0] = (struct plan_row){ .topic = bytes_of("t\n\"x"),
		.partition = 3,
		.renamed = true,
		.from = bytes_of("old t"),
		.has_topic_id = true,
		.topic_id = { 1, 2, 3 },
		.now = { true, -1, -1, { "", 0 } },
		.planned = { true, INT64_MAX, 4, { "a\0b\xff", 4 } },
		.action = PLAN_COMMIT,
		.rule = RULE_NO_POSITION_NOW,
		.low = { true, false, true, INT64_MAX, -5, "00000000000000bb" },
		.high = { true, true, true, -1, 1764079500000, "" },
		.moved_back = true,
		.reread = 5,
		.skip = 6,
		.text = "say \\u{1b}" };
	row[1] = (struct plan_row){ .topic = bytes_of("t\n\"x"),
		.partition = 4,
		.now = { false, 0, -1, { "", 0 } },
		.planned = { false, 0, -1, { "", 0 } },
		.action = PLAN_LEAVE,
		.rule = RULE_NO_POSITION_THEN,
		.low = { .offset = -1 },
		.high = { .offset = -1 },
		.text = "" };
}

/* Put the right last line behind lines that were changed. */
static void
reseal(struct buf *text, const char *from, const char *to)
{
	struct buf changed = { 0 };
	char hash[SHA256_HEX_MAX];
	const char *at = strstr(buf_text(text), from);
	const char *last = strstr(buf_text(text), "{\"end\"");

	assert_non_null(at);
	assert_non_null(last);
	assert_true(at < last);
	buf_add(&changed, text->data, (size_t)(at - text->data));
	buf_add_text(&changed, to);
	at += strlen(from);
	buf_add(&changed, at, (size_t)(last - at));
	(void)sha256_hex(changed.data, changed.size, hash);
	buf_add_format(&changed,
	    "{\"end\":true,\"groups\":1,\"rows\":2,\"sha256\":\"%s\"}\n", hash);
	buf_release(text);
	*text = changed;
}

static void
expect_refused(
    const char *from, const char *to, enum err_kind kind, const char *message)
{
	struct sample_plan sample;
	struct plan plan;
	struct buf text = { 0 };
	struct err err = { 0 };

	make(&sample);
	plancodec_encode(&sample.plan, &text);
	reseal(&text, from, to);
	assert_int_equal(plancodec_decode(buf_bytes(&text), &plan, &err), -1);
	assert_int_equal(err.kind, kind);
	if (strstr(err.message, message) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.message, message);
	buf_release(&text);
}

static void
names_and_metadata_of_any_bytes_survive(void **state)
{
	struct sample_plan sample;
	struct buf text = { 0 }, again = { 0 };
	struct err err = { 0 };
	struct plan plan;
	const struct plan_row *row;

	(void)state;
	make(&sample);
	plancodec_encode(&sample.plan, &text);
	if (plancodec_decode(buf_bytes(&text), &plan, &err) != 0)
		fail_msg("%s", err.message);
	plancodec_encode(&plan, &again);
	assert_true(bytes_equal(buf_bytes(&text), buf_bytes(&again)));
	assert_true(bytes_equal(plan.groups[0].name, sample.group.name));
	row = &plan.groups[0].rows[0];
	assert_true(plan.groups[0].renamed);
	assert_true(bytes_equal(plan.groups[0].from, sample.group.from));
	assert_true(row->renamed);
	assert_true(bytes_equal(row->from, sample.rows[0].from));
	assert_false(row[1].renamed);
	assert_true(bytes_equal(row->topic, sample.rows[0].topic));
	assert_true(bytes_equal(
	    row->planned.metadata, sample.rows[0].planned.metadata));
	assert_true(row->planned.offset == INT64_MAX);
	assert_true(row->high.is_now);
	assert_int_equal(row->low.time_ms, -5);
	assert_false(plan.has_at);
	assert_int_equal(plan.groups[0].member_count, 7);
	assert_int_equal(plan.groups[0].kind, KIND_STREAMS);
	assert_string_equal(plan.groups[0].hint, sample.group.hint);
	assert_int_equal(plan.groups[0].expiry, EXPIRY_EMPTY);
	assert_int_equal(plan.retention.ms, 60000);
	assert_true(plan.retention.known);
	plan_release(&plan);
	buf_release(&text);
	buf_release(&again);
}

static void
plan_of_before_kinds_and_expiry_is_read(void **state)
{
	struct sample_plan sample;
	struct buf text = { 0 };
	struct plan plan;
	struct err err = { 0 };

	(void)state;
	make(&sample);
	plancodec_encode(&sample.plan, &text);
	reseal(&text,
	    ",\"kind\":\"streams\",\"hint\":\"state is not rewound\","
	    "\"expiry\":\"from-empty\"",
	    "");
	reseal(&text, ",\"retention_ms\":60000,\"retention_known\":true", "");
	if (plancodec_decode(buf_bytes(&text), &plan, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(plan.groups[0].kind, KIND_PLAIN);
	assert_string_equal(plan.groups[0].hint, "");
	assert_int_equal(plan.groups[0].expiry, EXPIRY_UNTOLD);
	assert_int_equal(plan.retention.ms, 0);
	plan_release(&plan);
	buf_release(&text);
}

static void
unknown_kind_is_refused(void **state)
{
	(void)state;
	expect_refused("\"kind\":\"streams\"", "\"kind\":\"rivers\"",
	    ERR_CORRUPT, "\"kind\"");
	expect_refused(
	    "state is not", "state \\u001b[31m", ERR_CORRUPT, "\"hint\"");
}

static void
unknown_clock_is_refused(void **state)
{
	(void)state;
	expect_refused("\"expiry\":\"from-empty\"",
	    "\"expiry\":\"from-spring\"", ERR_CORRUPT, "\"expiry\"");
	expect_refused("\"retention_ms\":60000", "\"retention_ms\":-1",
	    ERR_CORRUPT, "\"retention_ms\"");
}

static void
key_that_this_version_does_not_know_is_refused(void **state)
{
	(void)state;
	expect_refused("\"action\":\"commit\"",
	    "\"force\":true,\"action\":\"commit\"", ERR_CORRUPT,
	    "unknown key \"force\"");
}

static void
newer_version_is_told_apart_from_damage(void **state)
{
	(void)state;
	expect_refused(
	    "{\"plan\":1", "{\"plan\":2", ERR_UNSUPPORTED, "version 2");
}

static void
contract_4_negative_offset_to_be_written_is_refused(void **state)
{
	(void)state;
	expect_refused("\"planned\":{\"offset\":9223372036854775807",
	    "\"planned\":{\"offset\":-1", ERR_CORRUPT, "negative");
}

static void
row_to_be_written_needs_an_offset(void **state)
{
	(void)state;
	expect_refused("\"action\":\"leave\"", "\"action\":\"commit\"",
	    ERR_CORRUPT, "no offset");
}

static void
row_twice_is_refused(void **state)
{
	(void)state;
	expect_refused(
	    "\"partition\":4", "\"partition\":3", ERR_CORRUPT, "stands twice");
}

static void
row_of_another_group_is_refused(void **state)
{
	(void)state;
	expect_refused("{\"group_b64\":\"/wBn\",\"topic\"",
	    "{\"group\":\"h\",\"topic\"", ERR_CORRUPT, "another group");
}

static void
number_of_rows_is_bounded_by_the_file(void **state)
{
	(void)state;
	expect_refused(
	    "\"rows\":2", "\"rows\":9000000000000000000", ERR_CORRUPT, "rows");
}

static void
contract_10_text_that_would_paint_is_refused(void **state)
{
	(void)state;
	expect_refused("7 members", "7 \\u001b[31m", ERR_CORRUPT, "\"text\"");
	expect_refused("say \\\\u{1b}", "say \\u202e", ERR_CORRUPT, "\"text\"");
}

static void
unknown_rule_is_refused(void **state)
{
	(void)state;
	expect_refused("\"rule\":\"no-position-now\"", "\"rule\":\"because\"",
	    ERR_CORRUPT, "\"rule\"");
}

static void
time_in_words_is_refused(void **state)
{
	(void)state;
	expect_refused("\"at\":\"2025-11-25T14:05:00.000Z\"", "\"at\":\"now\"",
	    ERR_CORRUPT, "\"at\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_metadata_of_any_bytes_survive),
		cmocka_unit_test(plan_of_before_kinds_and_expiry_is_read),
		cmocka_unit_test(unknown_kind_is_refused),
		cmocka_unit_test(unknown_clock_is_refused),
		cmocka_unit_test(
		    key_that_this_version_does_not_know_is_refused),
		cmocka_unit_test(newer_version_is_told_apart_from_damage),
		cmocka_unit_test(
		    contract_4_negative_offset_to_be_written_is_refused),
		cmocka_unit_test(row_to_be_written_needs_an_offset),
		cmocka_unit_test(row_twice_is_refused),
		cmocka_unit_test(row_of_another_group_is_refused),
		cmocka_unit_test(number_of_rows_is_bounded_by_the_file),
		cmocka_unit_test(contract_10_text_that_would_paint_is_refused),
		cmocka_unit_test(unknown_rule_is_refused),
		cmocka_unit_test(time_in_words_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
