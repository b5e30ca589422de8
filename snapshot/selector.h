/*
 * selector.h - which groups and topics were asked for: the patterns of a
 * selection, compiled.
 *
 * A name is taken when some include pattern matches it (or there is none) and
 * no exclude pattern does.
 */
#ifndef SNAPSHOT_SELECTOR_H
#define SNAPSHOT_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "formats/model.h"

struct selector;

/* Compile.  The selection is copied.  A bad pattern is ERR_USAGE. */
int selector_new(const struct selection *selection, struct selector **out,
    struct err *err) MUST_CHECK;

bool selector_takes_group(const struct selector *selector, struct bytes group);
bool selector_takes_topic(const struct selector *selector, struct bytes topic);

/* True when groups were given and each is an exact name: scope named. */
bool selector_is_named(const struct selector *selector);

/* The exact names among the groups that no exclusion takes.  Borrowed. */
size_t selector_named_count(const struct selector *selector);
struct bytes selector_named_at(const struct selector *selector, size_t index);

void selector_free(struct selector *selector);

#endif /* SNAPSHOT_SELECTOR_H */
