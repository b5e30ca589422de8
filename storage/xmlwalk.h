/*
 * xmlwalk.h - reading the small XML documents of AWS' services, by expat and
 * within limits: XMLWALK_DEPTH elements deep, texts of XMLWALK_TEXT bytes, no
 * document type, so no entity of its own.
 */
#ifndef STORAGE_XMLWALK_H
#define STORAGE_XMLWALK_H

#include <stddef.h>

#include "common/bytes.h"
#include "common/compiler.h"

#define XMLWALK_DEPTH 8
#define XMLWALK_TEXT ((size_t)4096)

/*
 * Called where an element ends: the names from the root to it ("/Error/Code",
 * prefixes of namespaces left out) and the text behind its last child.  Both
 * are valid only during the call.  Returns NULL, or why to stop: a text that
 * outlives the walk.
 */
typedef const char *xmlwalk_fn(
    const char *path, const char *text, void *context);

/* Walk a document whose root must have that name.  NULL, or what is wrong
 * with it, as the end of a sentence ("it has a document type"). */
const char *xmlwalk(struct bytes text, const char *root, xmlwalk_fn *leave,
    void *context) MUST_CHECK;

/* Of expat: "expat_2.5.0". */
const char *xmlwalk_library_version(void);

#endif /* STORAGE_XMLWALK_H */
