/*
 * xmlwalk.c - see xmlwalk.h.
 */
#include "storage/xmlwalk.h"

#include <expat.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/secret.h"
#include "common/xalloc.h"

#define NAME_SIZE_MAX 64

struct walk {
	XML_Parser parser;
	const char *root;
	xmlwalk_fn *leave;
	void *context;
	char path[XMLWALK_DEPTH * NAME_SIZE_MAX];
	size_t depth;
	struct buf text;
	const char *why; /* NULL while all is well */
};

static void
stop(struct walk *walk, const char *why)
{
	if (walk->why == NULL)
		walk->why = why;
	(void)XML_StopParser(walk->parser, XML_FALSE);
}

/* The name without its namespace's prefix: servers differ in it. */
static const char *
local_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon == NULL ? name : colon + 1;
}

static void
take_begin(void *context, const char *name, const char **attributes)
{
	struct walk *walk = context;
	const size_t size = strlen(walk->path);
	const char *local = local_name(name);

	(void)attributes;
	if (walk->depth == XMLWALK_DEPTH) {
		stop(walk, "it is nested too deeply");
	} else if (strlen(local) + 2 > NAME_SIZE_MAX) {
		stop(walk, "it has too long a name");
	} else if (walk->depth == 0 && strcmp(local, walk->root) != 0) {
		stop(walk, "it is another document");
	} else {
		(void)snprintf(
		    walk->path + size, sizeof(walk->path) - size, "/%s", local);
		walk->depth++;
		buf_clear(&walk->text);
	}
}

static void
take_end(void *context, const char *name)
{
	struct walk *walk = context;
	char *slash = strrchr(walk->path, '/');
	const char *why;

	(void)name;
	/* A stopped parser may still call for what it has read. */
	if (walk->why != NULL || slash == NULL)
		return;
	why = walk->leave(walk->path, buf_text(&walk->text), walk->context);
	if (why != NULL)
		stop(walk, why);
	*slash = '\0';
	walk->depth--;
	buf_clear(&walk->text);
}

static void
take_text(void *context, const char *text, int size)
{
	struct walk *walk = context;

	if ((size_t)size > XMLWALK_TEXT - walk->text.size)
		stop(walk, "a text in it is too long");
	else
		buf_add(&walk->text, text, (size_t)size);
}

/* A document type could define entities that grow without bound. */
static void
refuse_doctype(void *context, const char *name, const char *system_id,
    const char *public_id, int has_subset)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_subset;
	stop(context, "it has a document type");
}

const char *
xmlwalk(struct bytes text, const char *root, xmlwalk_fn *leave, void *context)
{
	struct walk walk = { .root = root, .leave = leave, .context = context };
	enum XML_Status status;

	if (text.size == 0 || text.size > INT_MAX)
		return "it is empty or too large";
	walk.parser = XML_ParserCreate(NULL);
	if (walk.parser == NULL)
		xdie("out of memory");
	XML_SetUserData(walk.parser, &walk);
	XML_SetElementHandler(walk.parser, take_begin, take_end);
	XML_SetCharacterDataHandler(walk.parser, take_text);
	XML_SetStartDoctypeDeclHandler(walk.parser, refuse_doctype);
	status = XML_Parse(walk.parser, text.data, (int)text.size, 1);
	if (status != XML_STATUS_OK && walk.why == NULL)
		walk.why = "it is no whole XML document";
	XML_ParserFree(walk.parser);
	secret_release(&walk.text);
	return walk.why;
}

const char *
xmlwalk_library_version(void)
{
	return XML_ExpatVersion();
}
