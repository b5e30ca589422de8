/*
 * shellword.h - words for a line that people paste into a shell.
 */
#ifndef COMMON_SHELLWORD_H
#define COMMON_SHELLWORD_H

#include "common/buf.h"
#include "common/bytes.h"

/*
 * Add a word so that bash, zsh and ksh read these very bytes, and so that it
 * cannot control the terminal it is shown on: as it is where nothing in it is
 * special, else in single quotes, else (control characters and the others that
 * utf8_escape escapes, bytes that are not UTF-8) as $'...'.  No shell can be
 * given a NUL: the caller has none.
 */
void shellword_add(struct buf *out, struct bytes word);

#endif /* COMMON_SHELLWORD_H */
