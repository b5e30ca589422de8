/*
 * faultwrap.h - system calls that fail, or kill the process, when told to.
 * Linked in by -Wl,--wrap; tests/unit/flags.mk lists the calls.
 */
#ifndef TESTS_FAULTWRAP_H
#define TESTS_FAULTWRAP_H

#include <stdbool.h>
#include <stddef.h>

enum fault_call {
	FAULT_WRITE,
	FAULT_FSYNC,
	FAULT_LINK,
	FAULT_MKDIR, /* mkdir and mkdirat */
	FAULT_OPEN,
	FAULT_CLOSE,
	FAULT_RENAME,
	FAULT_CHMOD,
	FAULT_CALL_COUNT,
};

enum fault_mode {
	FAULT_NONE,
	FAULT_ERROR,  /* the call fails with errnum */
	FAULT_KILL,   /* the process dies just before the call */
	FAULT_BROKEN, /* like ERROR, but write writes a part first */
};

struct faultwrap {
	enum fault_mode mode;
	int call;  /* of enum fault_call; -1: any of them */
	size_t at; /* the how-manieth such call, from 1; 0: each */
	int errnum;
	size_t seen;     /* such calls so far */
	bool stutters;   /* writes are short, and every second call is EINTR */
	bool no_rename;  /* renaming without replacing is not known */
	bool link_twice; /* a link is made, and says that it was there */
};

/* The one that the wrapped calls look at. */
extern struct faultwrap faultwrap;

#endif /* TESTS_FAULTWRAP_H */
