#include "common/shellword.h"

#include <stdbool.h>
#include <string.h>

#include "common/utf8.h"

static bool
is_bare(struct bytes word)
{
	/* zsh takes a word that begins with '=' for a command's path. */
	static const char safe[] = "=abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_@%+:,./-";

	for (size_t i = 0; i < word.size; i++)
		if (memchr(safe, word.data[i], sizeof(safe) - 1) == NULL)
			return false;
	return word.size > 0 && word.data[0] != '=';
}

/* The next character, and whether it may be shown as it is. */
static struct bytes
next_character(const char **at, const char *end, bool *plain)
{
	struct bytes character = { *at, 0 };
	struct buf escaped = { 0 };

	(void)utf8_next(at, end);
	character.size = (size_t)(*at - character.data);
	utf8_escape(&escaped, character);
	*plain = bytes_equal_text(character, "\\") ||
	    bytes_equal(character, buf_bytes(&escaped));
	buf_release(&escaped);
	return character;
}

static bool
is_plain(struct bytes word)
{
	const char *at = word.data, *end = word.data + word.size;
	bool plain = true;

	while (plain && at < end)
		(void)next_character(&at, end, &plain);
	return plain;
}

static void
add_quoted(struct buf *out, struct bytes word)
{
	buf_add_char(out, '\'');
	for (size_t i = 0; i < word.size; i++) {
		if (word.data[i] == '\'')
			buf_add_text(out, "'\\''");
		else
			buf_add_char(out, word.data[i]);
	}
	buf_add_char(out, '\'');
}

/* Octal, of always three digits: what follows cannot become part of it.  '!'
 * is for the history of interactive shells. */
static void
add_escaped(struct buf *out, struct bytes word)
{
	const char *at = word.data, *end = word.data + word.size;

	buf_add_text(out, "$'");
	while (at < end) {
		bool plain;
		const struct bytes character = next_character(&at, end, &plain);

		if (plain && strchr("\\'!", character.data[0]) == NULL) {
			buf_add_bytes(out, character);
			continue;
		}
		for (size_t i = 0; i < character.size; i++)
			buf_add_format(out, "\\%03o",
			    (unsigned int)(unsigned char)character.data[i]);
	}
	buf_add_char(out, '\'');
}

void
shellword_add(struct buf *out, struct bytes word)
{
	if (is_bare(word))
		buf_add_bytes(out, word);
	else if (word.size == 0)
		buf_add_text(out, "''");
	else if (is_plain(word))
		add_quoted(out, word);
	else
		add_escaped(out, word);
}
