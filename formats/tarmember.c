/*
 * tarmember.c - see tarmember.h.
 */
#include "formats/tarmember.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/xalloc.h"

#define BLOCK 512
#define MODE_READ_ONLY 0444
/* The last second that eleven octal digits hold. */
#define MTIME_MAX INT64_C(077777777777)

/* Fields of a ustar header, POSIX.1-2017 pax. */
#define NAME_AT 0
#define SIZE_AT 124
#define SIZE_DIGITS 11
#define CHECKSUM_AT 148
#define CHECKSUM_DIGITS 6
#define CHECKSUM_SIZE 8
#define TYPE_AT 156
#define LINK_AT 157
#define LINK_SIZE 100
#define MAGIC_AT 257
#define MAGIC "ustar\00000"
#define MAGIC_SIZE 8
#define PREFIX_AT 345
#define PREFIX_SIZE 155

struct tarmember_writer {
	struct archive *archive;
	struct buf *raw;
	int64_t mtime;
	bool dropped; /* what libarchive still writes is not wanted */
};

static la_ssize_t
append_raw(
    struct archive *archive, void *context, const void *data, size_t size)
{
	struct tarmember_writer *writer = context;

	(void)archive;
	if (!writer->dropped)
		buf_add(writer->raw, data, size);
	return (la_ssize_t)size;
}

static int
refuse(struct archive *archive, struct err *err)
{
	return err_set(err, ERR_IO, "tar: %s", archive_error_string(archive));
}

int
tarmember_writer_new(int64_t mtime_ms, struct buf *raw,
    struct tarmember_writer **out, struct err *err)
{
	struct tarmember_writer *writer = xcalloc(1, sizeof(*writer));

	writer->raw = raw;
	writer->mtime = mtime_ms < 0 ? 0 : mtime_ms / 1000;
	if (writer->mtime > MTIME_MAX)
		writer->mtime = MTIME_MAX;
	writer->archive = archive_write_new();
	if (writer->archive == NULL) {
		free(writer);
		return err_set(err, ERR_IO, "tar: no memory");
	}
	if (archive_write_set_format_pax_restricted(writer->archive) !=
		ARCHIVE_OK ||
	    archive_write_add_filter_none(writer->archive) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(writer->archive, 0) !=
		ARCHIVE_OK ||
	    archive_write_open(writer->archive, writer, NULL, append_raw,
		NULL) != ARCHIVE_OK) {
		(void)refuse(writer->archive, err); /* is returned below */
		tarmember_writer_free(writer);
		return -1;
	}
	*out = writer;
	return 0;
}

int
tarmember_add(struct tarmember_writer *writer, const char *name,
    struct bytes content, struct err *err)
{
	struct archive_entry *entry = archive_entry_new();
	int status = 0;

	if (entry == NULL)
		return err_set(err, ERR_IO, "tar: no memory");
	archive_entry_set_pathname(entry, name);
	archive_entry_set_size(entry, (la_int64_t)content.size);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, MODE_READ_ONLY);
	archive_entry_set_mtime(entry, (time_t)writer->mtime, 0);
	if (archive_write_header(writer->archive, entry) != ARCHIVE_OK ||
	    (content.size > 0 &&
		archive_write_data(writer->archive, content.data,
		    content.size) != (la_ssize_t)content.size) ||
	    archive_write_finish_entry(writer->archive) != ARCHIVE_OK)
		status = refuse(writer->archive, err);
	archive_entry_free(entry);
	return status;
}

int
tarmember_finish(struct tarmember_writer *writer, struct err *err)
{
	if (archive_write_close(writer->archive) != ARCHIVE_OK)
		return refuse(writer->archive, err);
	return 0;
}

void
tarmember_writer_free(struct tarmember_writer *writer)
{
	if (writer == NULL)
		return;
	/* Only tarmember_finish writes the end.  An archive that is marked as
	 * failed instead of closed leaks its buffer (libarchive 3.6). */
	writer->dropped = true;
	(void)archive_write_free(writer->archive);
	free(writer);
}

/* A field of exactly so many octal digits. */
static bool
parse_octal(const char *at, size_t digits, uint64_t *out)
{
	uint64_t value = 0;

	for (size_t i = 0; i < digits; i++) {
		if (at[i] < '0' || at[i] > '7')
			return false;
		value = value * 8 + (uint64_t)(at[i] - '0');
	}
	*out = value;
	return true;
}

static bool
is_zero(const char *at, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (at[i] != '\0')
			return false;
	}
	return true;
}

/* The sum of the header's bytes, its checksum counted as spaces. */
static bool
checksum_holds(const char *header)
{
	uint64_t sum = (uint64_t)' ' * CHECKSUM_SIZE;
	uint64_t stored = 0;

	for (size_t i = 0; i < BLOCK; i++) {
		if (i < CHECKSUM_AT || i >= CHECKSUM_AT + CHECKSUM_SIZE)
			sum += (unsigned char)header[i];
	}
	return parse_octal(header + CHECKSUM_AT, CHECKSUM_DIGITS, &stored) &&
	    stored == sum;
}

/* Only plain relative paths: nothing here may name a place to write to. */
static bool
name_is_plain(const char *name)
{
	const char *part = name;

	if (strspn(name,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789._-/") != strlen(name))
		return false;
	while (part != NULL) {
		const char *slash = strchr(part, '/');
		const size_t size =
		    slash == NULL ? strlen(part) : (size_t)(slash - part);

		if (size == 0 || (size == 1 && part[0] == '.') ||
		    (size == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		part = slash == NULL ? NULL : slash + 1;
	}
	return true;
}

int
tarmember_parse(struct bytes raw, bool last, char name[TARMEMBER_NAME_MAX],
    struct bytes *content, struct err *err)
{
	const size_t end_size = last ? (size_t)2 * BLOCK : 0;
	const char *header = raw.data;
	uint64_t size = 0;
	size_t room;

	if (raw.size < BLOCK + end_size)
		return err_set(err, ERR_CORRUPT, "tar: cut short");
	if (!checksum_holds(header) ||
	    memcmp(header + MAGIC_AT, MAGIC, MAGIC_SIZE) != 0 ||
	    header[TYPE_AT] != '0' || !is_zero(header + LINK_AT, LINK_SIZE) ||
	    !is_zero(header + PREFIX_AT, PREFIX_SIZE) ||
	    !parse_octal(header + SIZE_AT, SIZE_DIGITS, &size))
		return err_set(
		    err, ERR_CORRUPT, "tar: not the header of a plain file");
	memcpy(name, header + NAME_AT, TARMEMBER_NAME_MAX);
	if (name[TARMEMBER_NAME_MAX - 1] != '\0' || !name_is_plain(name))
		return err_set(err, ERR_CORRUPT, "tar: not a member's name");
	room = raw.size - BLOCK - end_size;
	if (size > room || room - size >= BLOCK || room % BLOCK != 0 ||
	    !is_zero(header + BLOCK + size, raw.size - BLOCK - size))
		return err_set(
		    err, ERR_CORRUPT, "tar: the size does not fit the frame");
	content->data = header + BLOCK;
	content->size = (size_t)size;
	return 0;
}
