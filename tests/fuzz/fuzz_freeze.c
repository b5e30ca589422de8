/*
 * Fuzzes records of freezes, as they are and with the hash made right: what a
 * hostile writer of the repository could do.  What decodes is, byte for byte,
 * what encoding it again gives, and holds nothing but a number to put back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/hash.h"
#include "restore/freeze.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
	if (!condition)
		abort();
}

static void
check(struct bytes text)
{
	struct freeze_record record;
	struct buf again = { 0 };
	struct err err = { 0 };

	if (freeze_record_decode(text, &record, &err) != 0)
		return;
	freeze_record_encode(&record, &again);
	require(bytes_equal(text, buf_bytes(&again)));
	require(strspn(record.before.text, "+-0123456789") ==
	    strlen(record.before.text));
	require(strspn(record.id, "0123456789abcdef") == ENV_ID_MAX - 1);
	buf_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = { (const char *)data, size };
	struct buf sealed = { 0 };
	char hash[SHA256_HEX_MAX];

	check(text);
	buf_add_bytes(&sealed, text);
	(void)sha256_hex(data, size, hash);
	buf_add_format(&sealed, ",\"sha256\":\"%s\"}\n", hash);
	check(buf_bytes(&sealed));
	buf_release(&sealed);
	return 0;
}
