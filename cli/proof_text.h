/*
 * proof_text.h - the seek proof of a restore, for people and as JSON.
 */
#ifndef CLI_PROOF_TEXT_H
#define CLI_PROOF_TEXT_H

#include <jansson.h>
#include <stddef.h>

struct output;
struct plan;
struct seekproof;

/* The next record of each position, of many only what is not plain, and the
 * numbers of each kind. */
void proof_text_print(
    const struct plan *plan, const struct seekproof *proof, struct output *out);

/* "proof" of a row's line, where it was proved, and of the last line.  proof
 * may be NULL: none was made, and nothing is added. */
void proof_text_json_row(
    const struct seekproof *proof, size_t group, size_t row, json_t *line);
void proof_text_json_totals(const struct seekproof *proof, json_t *line);

#endif /* CLI_PROOF_TEXT_H */
