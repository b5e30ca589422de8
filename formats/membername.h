/*
 * membername.h - the names of an archive's members.
 */
#ifndef FORMATS_MEMBERNAME_H
#define FORMATS_MEMBERNAME_H

#include <stddef.h>

#define MEMBER_README "README.txt"
#define MEMBER_SUMS "SHA256SUMS"
#define MEMBER_INDEX "INDEX.jsonl"
#define MEMBER_MANIFEST "MANIFEST.json"

/* The numbered ones, in the order in which they stand in an archive. */
enum member_kind {
	MEMBER_TOPICS,
	MEMBER_GROUPS,
	MEMBER_HOLES,
	MEMBER_GONE,
	MEMBER_TIMES,
	MEMBER_OFFSETS,
	MEMBER_OTHER, /* any other name */
};

struct member_name {
	enum member_kind kind;
	size_t number; /* 0 for other names */
};

#define MEMBERNAME_MAX 32 /* "topics/00000.jsonl" */

struct member_name membername_parse(const char *name);

/* Writes into out and returns it.  Not for MEMBER_OTHER. */
const char *membername_format(
    enum member_kind kind, size_t number, char out[MEMBERNAME_MAX]);

/* "groups/" and so on. */
const char *membername_prefix(enum member_kind kind);

#endif /* FORMATS_MEMBERNAME_H */
