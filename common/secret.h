/*
 * secret.h - forgetting secrets: memory that held one is overwritten, also
 * where the compiler sees that nobody reads it again.
 */
#ifndef COMMON_SECRET_H
#define COMMON_SECRET_H

#include <stddef.h>

struct buf;

void secret_wipe(void *data, size_t size);

/* Wipe and free; NULL is allowed. */
void secret_free(char *text);
void secret_release(struct buf *buf);

#endif /* COMMON_SECRET_H */
