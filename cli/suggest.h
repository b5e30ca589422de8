/*
 * suggest.h - "did you mean ...?": the nearest right word to a wrong one.
 */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stddef.h>

/*
 * The candidate with the fewest single-letter changes from word (swapped
 * neighbours count one), or NULL when none is near: at most a third of the
 * word's length, at least 1, or word is the beginning of just one of them.
 */
const char *suggest_nearest(
    const char *word, const char *const *candidates, size_t count);

#endif /* CLI_SUGGEST_H */
