/*
 * httpdate.c - see httpdate.h.
 */
#include "storage/httpdate.h"

#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "common/err.h"
#include "common/timetext.h"

#define DATE_SIZE 29

/* "Nov" to 11; 0 for no month. */
static int
month_of(const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++) {
		if (memcmp(text, months + (size_t)i * 3, 3) == 0)
			return i + 1;
	}
	return 0;
}

bool
httpdate_parse(const char *text, int64_t *out)
{
	char iso[64];
	struct err ignored = { 0 };
	int month;

	if (strlen(text) != DATE_SIZE || memcmp(text + 3, ", ", 2) != 0 ||
	    strcmp(text + 25, " GMT") != 0)
		return false;
	month = month_of(text + 8);
	if (month == 0)
		return false;
	(void)snprintf(iso, sizeof(iso),
	    "%.4s-%02d-%.2s"
	    "T%.8sZ",
	    text + 12, month, text + 5, text + 17);
	return time_parse(iso, 0, out, &ignored) == 0;
}
