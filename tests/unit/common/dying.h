/*
 * dying.h - look at what a function does that ends the process.
 */
#ifndef TESTS_UNIT_COMMON_DYING_H
#define TESTS_UNIT_COMMON_DYING_H

#include <stddef.h>

/*
 * Run the function in a child process.  Returns the child's exit status, -1 if
 * a signal ended it, or 0 if the function returned; output is what it
 * wrote to stderr.
 */
int dying_status(void (*run)(void), char *output, size_t capacity);

#endif /* TESTS_UNIT_COMMON_DYING_H */
