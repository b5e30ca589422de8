/*
 * jaas.h - the one line of JAAS configuration that Kafka clients carry in
 * sasl.jaas.config:
 *
 *	org.apache.kafka...ScramLoginModule required username="u" password="p";
 */
#ifndef KAFKA_JAAS_H
#define KAFKA_JAAS_H

#include "common/arena.h"
#include "common/compiler.h"
#include "common/err.h"

enum jaas_module {
	JAAS_PLAIN,
	JAAS_SCRAM
};

struct jaas {
	enum jaas_module module;
	const char *username;
	const char *password;
};

/*
 * Parse text as Java's StreamTokenizer does (both quotes, backslash escapes,
 * comments).  The strings go into the arena.  Anything but one PLAIN or SCRAM
 * module with a name and a password is ERR_USAGE; the error never shows what
 * was read.
 */
int jaas_parse(const char *text, struct arena *arena, struct jaas *out,
    struct err *err) MUST_CHECK;

#endif /* KAFKA_JAAS_H */
