/*
 * windowgen.h - a cluster that goes on, for tests of windows: each step gives
 * the next capture.  The same seed gives the same ones.
 */
#ifndef TESTS_WINDOWGEN_H
#define TESTS_WINDOWGEN_H

#include <stdint.h>

#include "formats/model.h"

struct windowgen;

/* Odd things happen to some: groups and topics come and go and
 * come again, ids are not told,
 * offsets are any number, transactions hold positions, metadata changes. */
struct windowgen *windowgen_new(uint64_t seed);

/* From now on topics are created anew, and a log comes near its greatest
 * offset. */
void windowgen_go_wild(struct windowgen *gen);

/* The next capture, sorted and counted. */
void windowgen_step(struct windowgen *gen, struct snapshot *out);
void windowgen_free(struct windowgen *gen);

#endif /* TESTS_WINDOWGEN_H */
