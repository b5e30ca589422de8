/* Tests of kafka/jaas.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kafka/jaas.h"

#define PLAIN "org.apache.kafka.common.security.plain.PlainLoginModule "
#define SCRAM "org.apache.kafka.common.security.scram.ScramLoginModule "

static void
check(const char *text, enum jaas_module module, const char *username,
    const char *password)
{
	struct arena arena = { 0 };
	struct err err = { 0 };
	struct jaas jaas;

	assert_int_equal(jaas_parse(text, &arena, &jaas, &err), 0);
	assert_int_equal(jaas.module, module);
	assert_string_equal(jaas.username, username);
	assert_string_equal(jaas.password, password);
	arena_release(&arena);
}

static void
check_refused(const char *text)
{
	struct arena arena = { 0 };
	struct err err = { 0 };
	struct jaas jaas;

	assert_int_equal(jaas_parse(text, &arena, &jaas, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "sasl.jaas.config"));
	/* Whatever was read may be the password. */
	assert_null(strstr(err.message, "s3cret"));
	assert_null(strstr(err.hint, "s3cret"));
	arena_release(&arena);
}

static void
both_modules_are_read(void **state)
{
	(void)state;
	check(PLAIN "required username=\"alice\" password=\"pw\";", JAAS_PLAIN,
	    "alice", "pw");
	check(SCRAM "required username=\"alice\" password=\"pw\";", JAAS_SCRAM,
	    "alice", "pw");
	check("kafkashaded." SCRAM "required password=\"pw\" username=\"a\";",
	    JAAS_SCRAM, "a", "pw");
}

static void
spacing_and_comments_do_not_matter(void **state)
{
	(void)state;
	check("  /* c */ " PLAIN "\n required // d\n username = \"a\"\n"
	      "password='b'  ; ",
	    JAAS_PLAIN, "a", "b");
	check(PLAIN "optional username=alice password=pw;", JAAS_PLAIN, "alice",
	    "pw");
}

static void
quoted_text_has_javas_escapes(void **state)
{
	(void)state;
	check(PLAIN "required username=\"a\\\"b\\\\c\" password=\"d;e=f'g\";",
	    JAAS_PLAIN, "a\"b\\c", "d;e=f'g");
	check(PLAIN "required username=\"\\t\\101\\q\" password=\"\\374\";",
	    JAAS_PLAIN, "\tAq", "\xc3\xbc");
	check(PLAIN "required username='a\"b' password=\"\";", JAAS_PLAIN,
	    "a\"b", "");
}

static void
options_that_are_not_ours_are_passed_over(void **state)
{
	(void)state;
	check(SCRAM "required username=\"a\" password=\"b\" "
		    "tokenauth=\"false\" user_bob=\"c\";",
	    JAAS_SCRAM, "a", "b");
}

static void
what_is_not_one_whole_module_is_refused(void **state)
{
	(void)state;
	check_refused("");
	check_refused(PLAIN);
	check_refused(PLAIN "required username=\"a\" password=\"s3cret\"");
	check_refused(PLAIN "required username=\"a\" password=\"s3cret");
	check_refused(PLAIN "required username=\"a\" password=\"s3cret\n\";");
	check_refused(PLAIN "required username=\"a\";");
	check_refused(PLAIN "required password=\"s3cret\";");
	check_refused(PLAIN "required username password=\"s3cret\";");
	check_refused(PLAIN "required username=;");
	check_refused(PLAIN "required username=\"a\" password=\"s3cret\\");
	check_refused(PLAIN "required username=\"a\" password=\"s3\\0cret\";");
	check_refused(PLAIN "required username=\"a\" password=\"s3cret\"; "
			    "Another required;");
}

static void
other_mechanisms_are_refused(void **state)
{
	(void)state;
	check_refused("com.sun.security.auth.module.Krb5LoginModule required "
		      "useKeyTab=true;");
	check_refused(SCRAM "required username=\"a\" password=\"s3cret\" "
			    "tokenauth=\"true\";");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_modules_are_read),
		cmocka_unit_test(spacing_and_comments_do_not_matter),
		cmocka_unit_test(quoted_text_has_javas_escapes),
		cmocka_unit_test(options_that_are_not_ours_are_passed_over),
		cmocka_unit_test(what_is_not_one_whole_module_is_refused),
		cmocka_unit_test(other_mechanisms_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
