/* Nearest word by the optimal string alignment distance. */
#include "cli/suggest.h"

#include <string.h>

#define WORD_MAX 32

static size_t
min3(size_t a, size_t b, size_t c)
{
	const size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Insertions, deletions, replacements and swaps of neighbours from a to b;
 * words longer than WORD_MAX are infinitely far apart. */
static size_t
distance(const char *a, const char *b)
{
	size_t rows[WORD_MAX + 1][WORD_MAX + 1];
	const size_t a_size = strlen(a);
	const size_t b_size = strlen(b);

	if (a_size > WORD_MAX || b_size > WORD_MAX)
		return (size_t)-1;
	for (size_t row = 0; row <= a_size; row++)
		rows[row][0] = row;
	for (size_t column = 0; column <= b_size; column++)
		rows[0][column] = column;
	for (size_t i = 1; i <= a_size; i++) {
		for (size_t j = 1; j <= b_size; j++) {
			const size_t change = a[i - 1] == b[j - 1] ? 0 : 1;

			rows[i][j] = min3(rows[i - 1][j] + 1,
			    rows[i][j - 1] + 1, rows[i - 1][j - 1] + change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] &&
			    rows[i - 2][j - 2] + 1 < rows[i][j])
				rows[i][j] = rows[i - 2][j - 2] + 1;
		}
	}
	return rows[a_size][b_size];
}

/* The only candidate that begins with word, or NULL. */
static const char *
only_beginning(const char *word, const char *const *candidates, size_t count)
{
	const size_t size = strlen(word);
	const char *found = NULL;

	if (size < 2)
		return NULL;
	for (size_t index = 0; index < count; index++) {
		if (strncmp(candidates[index], word, size) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = candidates[index];
	}
	return found;
}

const char *
suggest_nearest(const char *word, const char *const *candidates, size_t count)
{
	const size_t limit = strlen(word) / 3 > 1 ? strlen(word) / 3 : 1;
	size_t nearest = count;
	size_t best = limit + 1;

	for (size_t index = 0; index < count; index++) {
		const size_t steps = distance(word, candidates[index]);

		if (steps < best) {
			best = steps;
			nearest = index;
		}
	}
	if (nearest < count)
		return candidates[nearest];
	return only_beginning(word, candidates, count);
}
