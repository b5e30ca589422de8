/* Tests of restore/freeze.h: the codec of records, and what is decided. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/hash.h"
#include "restore/freeze.h"

static const struct freeze_value unset = { false, "0" };
static const struct freeze_value hour = { true, "3600000" };
static const struct freeze_value frozen = { true, FREEZE_VALUE };

static struct freeze_record
a_record(struct freeze_value before)
{
	struct freeze_record record = { .id = "0123456789abcdef",
		.at_ms = 1764079500123,
		.cluster_id = "4L6g3nShT-eMCtK--X86sw",
		.before = before };

	return record;
}

/* The text of a record, with something in it put in place of another, and the
 * hash made right again. */
static struct bytes
forged(const char *from, const char *to, struct buf *out)
{
	const struct freeze_record record = a_record(hour);
	struct buf text = { 0 };
	char hash[SHA256_HEX_MAX];
	const char *at, *end;

	freeze_record_encode(&record, &text);
	end = strstr(buf_text(&text), ",\"sha256\"");
	at = strstr(buf_text(&text), from);
	assert_non_null(at);
	assert_true(at < end);
	buf_add(out, text.data, (size_t)(at - text.data));
	buf_add_text(out, to);
	at += strlen(from);
	buf_add(out, at, (size_t)(end - at));
	sha256_hex(out->data, out->size, hash);
	buf_add_format(out, ",\"sha256\":\"%s\"}\n", hash);
	buf_release(&text);
	return buf_bytes(out);
}

static enum err_kind
kind_of_forged(const char *from, const char *to)
{
	struct buf text = { 0 };
	struct freeze_record out;
	struct err err = { 0 };

	if (freeze_record_decode(forged(from, to, &text), &out, &err) == 0)
		err.kind = ERR_NONE;
	buf_release(&text);
	return err.kind;
}

static void
a_record_comes_back_as_it_was(void **state)
{
	const struct freeze_value values[] = { unset, hour, { true, "0" },
		{ false, "604800000" } };

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		const struct freeze_record record = a_record(values[i]);
		struct freeze_record out;
		struct buf text = { 0 };
		struct err err = { 0 };

		freeze_record_encode(&record, &text);
		assert_int_equal(
		    freeze_record_decode(buf_bytes(&text), &out, &err), 0);
		assert_string_equal(out.id, record.id);
		assert_string_equal(out.cluster_id, record.cluster_id);
		assert_int_equal(out.at_ms, record.at_ms);
		assert_int_equal(out.before.own, values[i].own);
		assert_string_equal(out.before.text, values[i].text);
		buf_release(&text);
	}
}

static void
every_changed_byte_of_a_record_is_seen(void **state)
{
	const struct freeze_record record = a_record(hour);
	struct freeze_record out;
	struct buf text = { 0 };

	(void)state;
	freeze_record_encode(&record, &text);
	for (size_t i = 0; i < text.size; i++) {
		struct err err = { 0 };

		text.data[i] ^= 1;
		assert_int_equal(
		    freeze_record_decode(buf_bytes(&text), &out, &err), -1);
		text.data[i] ^= 1;
	}
	for (size_t size = 0; size < text.size; size++) {
		struct err err = { 0 };

		assert_int_equal(
		    freeze_record_decode(
			(struct bytes){ text.data, size }, &out, &err),
		    -1);
	}
	buf_release(&text);
}

/* With a hash that is right: what a hostile writer could do. */
static void
a_forged_record_is_refused(void **state)
{
	(void)state;
	assert_int_equal(kind_of_forged("3600000", "7200000"), ERR_NONE);
	assert_int_equal(kind_of_forged("3600000", "-1"), ERR_CORRUPT);
	assert_int_equal(kind_of_forged("3600000", "1,a=b"), ERR_CORRUPT);
	assert_int_equal(
	    kind_of_forged("3600000", "92233720368547758070"), ERR_CORRUPT);
	assert_int_equal(kind_of_forged("3600000", FREEZE_VALUE), ERR_CORRUPT);
	assert_int_equal(
	    kind_of_forged("__consumer_offsets", "orders"), ERR_CORRUPT);
	assert_int_equal(
	    kind_of_forged("min.compaction", "max.compaction"), ERR_CORRUPT);
	assert_int_equal(kind_of_forged("0123456789abcdef", "../../../../etc/"),
	    ERR_CORRUPT);
	assert_int_equal(
	    kind_of_forged("\"id\"", "\"more\":1,\"id\""), ERR_CORRUPT);
	assert_int_equal(
	    kind_of_forged("\"version\":1", "\"version\":2"), ERR_UNSUPPORTED);
	assert_int_equal(
	    kind_of_forged("tidemark-freeze", "tidemark-plan"), ERR_CORRUPT);
}

static void
an_end_is_one_line_that_names_its_freeze(void **state)
{
	const struct freeze_record record = a_record(unset);
	struct buf text = { 0 };

	(void)state;
	freeze_end_encode(
	    &record, FREEZE_END_PUT_BACK, &frozen, 1764083100123, &text);
	assert_non_null(strstr(buf_text(&text),
	    "\"freeze\":\"0123456789abcdef\",\"at\":\"2025-11-25T15:05:00.123Z"
	    "\""));
	assert_non_null(strstr(buf_text(&text), "\"end\":\"put-back\""));
	assert_non_null(
	    strstr(buf_text(&text), "\"found\":\"" FREEZE_VALUE "\""));
	buf_release(&text);
}

static void
unset_is_unset_whatever_holds_then(void **state)
{
	const struct freeze_value other = { false, "604800000" };
	const struct freeze_value set = { true, "0" };

	(void)state;
	assert_true(freeze_value_equal(&unset, &other));
	assert_false(freeze_value_equal(&unset, &set));
	assert_false(freeze_value_equal(&hour, &frozen));
}

static void
a_value_that_is_no_number_is_refused(void **state)
{
	const char *const bad[] = { "", "-1", "1 ", "99999999999999999999",
		"infinite" };
	struct freeze_value out;
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(
		    freeze_value_set(&out, true, bytes_of(bad[i]), &err), -1);
	assert_int_equal(
	    freeze_value_set(&out, true, bytes_of(FREEZE_VALUE), &err), 0);
	assert_true(freeze_value_equal(&out, &frozen));
}

static void
what_a_freeze_does(void **state)
{
	const struct freeze_record open = a_record(unset);

	(void)state;
	assert_int_equal(freeze_decide(NULL, &unset, false), FREEZE_BEGIN);
	assert_int_equal(freeze_decide(NULL, &hour, false), FREEZE_BEGIN);
	assert_int_equal(freeze_decide(NULL, &frozen, false), FREEZE_BY_OTHERS);
	assert_int_equal(freeze_decide(&open, &unset, false), FREEZE_GO_ON);
	assert_int_equal(
	    freeze_decide(&open, &frozen, false), FREEZE_IS_FROZEN);
	assert_int_equal(freeze_decide(&open, &frozen, true), FREEZE_IS_FROZEN);
	assert_int_equal(freeze_decide(&open, &hour, false), FREEZE_CHANGED);
	assert_int_equal(freeze_decide(&open, &hour, true), FREEZE_ANEW);
}

static void
what_a_thaw_does(void **state)
{
	const struct freeze_record open = a_record(hour);
	const struct freeze_value day = { true, "86400000" };

	(void)state;
	assert_int_equal(thaw_decide(&open, &frozen, false), THAW_PUT_BACK);
	assert_int_equal(thaw_decide(&open, &hour, false), THAW_WAS_SO);
	assert_int_equal(thaw_decide(&open, &hour, true), THAW_WAS_SO);
	assert_int_equal(thaw_decide(&open, &day, false), THAW_CHANGED);
	assert_int_equal(thaw_decide(&open, &unset, false), THAW_CHANGED);
	assert_int_equal(thaw_decide(&open, &unset, true), THAW_PUT_BACK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_comes_back_as_it_was),
		cmocka_unit_test(every_changed_byte_of_a_record_is_seen),
		cmocka_unit_test(a_forged_record_is_refused),
		cmocka_unit_test(an_end_is_one_line_that_names_its_freeze),
		cmocka_unit_test(unset_is_unset_whatever_holds_then),
		cmocka_unit_test(a_value_that_is_no_number_is_refused),
		cmocka_unit_test(what_a_freeze_does),
		cmocka_unit_test(what_a_thaw_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
