/*
 * expiring_next.h - what to do about what expiring found: the line that keeps
 * what a commit can keep, and why it cannot keep the rest.
 */
#ifndef CLI_EXPIRING_NEXT_H
#define CLI_EXPIRING_NEXT_H

struct context;
struct expiring;

/* Nothing where nothing will be lost within the time. */
void expiring_next_print(
    struct context *context, const struct expiring *expiring);

#endif /* CLI_EXPIRING_NEXT_H */
