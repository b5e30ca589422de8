/*
 * regexcheck.h - what a POSIX extended regular expression is looked at for
 * before regcomp gets it.
 *
 * regcomp copies what is repeated: "((a{99}){99}){99}" is short, and takes more
 * memory than there is.  So an expression is measured before it is given away.
 */
#ifndef COMMON_REGEXCHECK_H
#define COMMON_REGEXCHECK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether a ')' closes no '('.  The library would take it for itself, but it
 * would close a group that is put around the expression.
 */
bool regexcheck_has_stray(const char *expression);

/* A larger one, or one nested deeper, is not to be compiled.  At this size
 * regcomp takes some megabytes. */
#define REGEXCHECK_SIZE_MAX 5000
#define REGEXCHECK_DEPTH_MAX 50

/* About how many parts it has with every repetition written out; not less, and
 * REGEXCHECK_SIZE_MAX + 1 for anything above that.  What is no right expression
 * gets some number. */
size_t regexcheck_size(const char *expression);

#endif /* COMMON_REGEXCHECK_H */
