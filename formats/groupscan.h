/*
 * groupscan.h - a short way to read a line of groups/: it takes lines exactly
 * as groupline_add writes them for ordinary names, at three times the speed of
 * a general JSON parser, and leaves every other line to jansson.
 */
#ifndef FORMATS_GROUPSCAN_H
#define FORMATS_GROUPSCAN_H

#include <stdbool.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "formats/groupline.h"

/* Fill in an empty line.  False, with line in any state, if text is not of
 * this form: that says nothing about whether it is right. */
bool groupscan_line(struct bytes text, struct groupline *line) MUST_CHECK;

#endif /* FORMATS_GROUPSCAN_H */
