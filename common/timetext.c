#include "common/timetext.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/parsenum.h"
#include "common/utf8.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

/* 0000-01-01T00:00:00Z, the first with four digits of year. */
#define TIME_FIRST_MS INT64_C(-62167219200000)

/* The proleptic Gregorian calendar repeats after 400 years. */
#define ERA_YEARS 400
#define ERA_DAYS 146097
/* From 0000-03-01, where its eras begin here, to 1970-01-01. */
#define EPOCH_DAY 719468

/* Text of the user's in a message. */
#define SHOWN_MAX 80

struct civil {
	int year;
	int month; /* from 1 */
	int day;   /* from 1 */
	int hour;
	int minute;
	int second;
	int millisecond;
};

/* ------------------------------------------------------------- calendar */

static bool
is_leap_year(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	return days[month - 1] + (month == 2 && is_leap_year(year) ? 1 : 0);
}

/*
 * Days since 1970-01-01.  A year is taken to begin in March, so that the leap
 * day is its last; the days before a month then follow from 30.6 a month.
 */
static int64_t
days_of(int year, int month, int day)
{
	const int64_t from_march = month > 2 ? month - 3 : month + 9;
	/* One era is added, to keep January of the year 0 positive. */
	const int64_t years = year + ERA_YEARS - (month > 2 ? 0 : 1);
	const int64_t days = years * 365 + years / 4 - years / 100 +
	    years / ERA_YEARS + (153 * from_march + 2) / 5 + day - 1;

	return days - ERA_DAYS - EPOCH_DAY;
}

/* The reverse of days_of; the time of day is left alone. */
static void
date_of(int64_t days, struct civil *out)
{
	const int64_t shifted = days + EPOCH_DAY + ERA_DAYS;
	const int64_t era = shifted / ERA_DAYS;
	const int64_t day = shifted % ERA_DAYS;
	/* Without the leap days of 4, 100 and 400 years each year has 365. */
	const int64_t years =
	    (day - day / 1460 + day / 36524 - day / (ERA_DAYS - 1)) / 365;
	const int64_t day_of_year =
	    day - (years * 365 + years / 4 - years / 100);
	const int64_t from_march = (5 * day_of_year + 2) / 153;

	out->day = (int)(day_of_year - (153 * from_march + 2) / 5 + 1);
	out->month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
	out->year = (int)(era * ERA_YEARS + years - ERA_YEARS +
	    (out->month <= 2 ? 1 : 0));
}

/* Whether there is such a date and time; no leap second is one. */
static bool
civil_valid(const struct civil *civil)
{
	return civil->month >= 1 && civil->month <= 12 && civil->day >= 1 &&
	    civil->day <= days_in_month(civil->year, civil->month) &&
	    civil->hour <= 23 && civil->minute <= 59 && civil->second <= 59;
}

static int64_t
civil_ms(const struct civil *civil)
{
	return days_of(civil->year, civil->month, civil->day) * DAY_MS +
	    civil->hour * HOUR_MS + civil->minute * MINUTE_MS +
	    civil->second * SECOND_MS + civil->millisecond;
}

/* The reverse, for a time from TIME_FIRST_MS to TIME_LAST_MS. */
static void
civil_of(int64_t time_ms, struct civil *out)
{
	/* From the year 0 on, to divide without negative remainders. */
	const int64_t since = time_ms - TIME_FIRST_MS;
	const int64_t rest = since % DAY_MS;

	date_of(since / DAY_MS + TIME_FIRST_MS / DAY_MS, out);
	out->hour = (int)(rest / HOUR_MS);
	out->minute = (int)(rest / MINUTE_MS % 60);
	out->second = (int)(rest / SECOND_MS % 60);
	out->millisecond = (int)(rest % SECOND_MS);
}

/* -------------------------------------------------------- parsing times */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Read exactly count digits at *at and move behind them. */
static bool
read_digits(const char **at, int count, int *out)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (!is_digit((*at)[i])) {
			return false;
		}
		value = value * 10 + ((*at)[i] - '0');
	}
	*at += count;
	*out = value;
	return true;
}

/* Read one character of those in choices and move behind it. */
static bool
read_one_of(const char **at, const char *choices)
{
	if (**at == '\0' || strchr(choices, **at) == NULL) {
		return false;
	}
	(*at)++;
	return true;
}

/* Read ".123" if it stands there: milliseconds, what is finer is cut off. */
static bool
read_fraction(const char **at, int *milliseconds)
{
	int scale = 100;

	*milliseconds = 0;
	if (**at != '.') {
		return true;
	}
	(*at)++;
	if (!is_digit(**at)) {
		return false;
	}
	for (; is_digit(**at); (*at)++) {
		*milliseconds += (**at - '0') * scale;
		scale /= 10;
	}
	return true;
}

/* Read "2026-11-25T14:05:00.123"; only its form is looked at. */
static bool
read_civil(const char **at, struct civil *out)
{
	return read_digits(at, 4, &out->year) && read_one_of(at, "-") &&
	    read_digits(at, 2, &out->month) && read_one_of(at, "-") &&
	    read_digits(at, 2, &out->day) && read_one_of(at, "Tt ") &&
	    read_digits(at, 2, &out->hour) && read_one_of(at, ":") &&
	    read_digits(at, 2, &out->minute) && read_one_of(at, ":") &&
	    read_digits(at, 2, &out->second) &&
	    read_fraction(at, &out->millisecond);
}

/* Read "Z" or "+01:00" up to the end: what local time is ahead of UTC. */
static bool
read_zone(const char *at, int64_t *offset_ms)
{
	const bool west = *at == '-';
	int hours;
	int minutes;

	*offset_ms = 0;
	if (read_one_of(&at, "Zz")) {
		return *at == '\0';
	}
	if (!read_one_of(&at, "+-") || !read_digits(&at, 2, &hours) ||
	    !read_one_of(&at, ":") || !read_digits(&at, 2, &minutes) ||
	    *at != '\0' || hours > 23 || minutes > 59) {
		return false;
	}
	*offset_ms = hours * HOUR_MS + minutes * MINUTE_MS;
	if (west) {
		*offset_ms = -*offset_ms;
	}
	return true;
}

/* Give out a time that is written with four digits of year. */
static int
give_time(int64_t time_ms, const char *shown, int64_t *out, struct err *err)
{
	if (time_ms < TIME_FIRST_MS || time_ms > TIME_LAST_MS) {
		return err_set(err, ERR_USAGE,
		    "time \"%s\" is outside the years 0000 to 9999", shown);
	}
	*out = time_ms;
	return 0;
}

static int
no_time(const char *shown, struct err *err)
{
	return err_set(err, ERR_USAGE,
	    "\"%s\" is not a time: write it like 2026-11-25T14:05:00Z or "
	    "2026-11-25T14:05:00+01:00, now-2h, or epoch milliseconds",
	    shown);
}

static int
parse_rfc3339(
    const char *text, const char *shown, int64_t *out, struct err *err)
{
	const char *at = text;
	struct civil civil;
	int64_t offset_ms;

	if (!read_civil(&at, &civil)) {
		return no_time(shown, err);
	}
	if (civil.second == 60) {
		return err_set(err, ERR_USAGE,
		    "time \"%s\" is a leap second, which Kafka's clock does "
		    "not have: write second 59 or the next minute",
		    shown);
	}
	if (!civil_valid(&civil)) {
		return err_set(err, ERR_USAGE,
		    "time \"%s\" is not in the calendar", shown);
	}
	if (*at == '\0') {
		return err_set(err, ERR_USAGE,
		    "time \"%s\" has no time zone: write \"%sZ\" for UTC, or "
		    "\"%s+01:00\" for a time one hour ahead of it",
		    shown, shown, shown);
	}
	if (!read_zone(at, &offset_ms)) {
		return no_time(shown, err);
	}
	return give_time(civil_ms(&civil) - offset_ms, shown, out, err);
}

/* "now", "now-2h", "now+PT5M"; text stands behind the "now". */
static int
parse_relative(const char *text, int64_t now_ms, const char *shown,
    int64_t *out, struct err *err)
{
	int64_t duration_ms = 0;

	if (*text != '\0' && duration_parse(text + 1, &duration_ms, err) != 0) {
		return err_wrap(err, "time \"%s\"", shown);
	}
	/* No duration between two times is longer, and no sum overflows. */
	if (duration_ms > TIME_LAST_MS - TIME_FIRST_MS) {
		duration_ms = TIME_LAST_MS - TIME_FIRST_MS + 1;
	}
	return give_time(
	    *text == '-' ? now_ms - duration_ms : now_ms + duration_ms, shown,
	    out, err);
}

/* Epoch milliseconds.  digits is how many there are. */
static int
parse_epoch(const char *text, size_t digits, const char *shown, int64_t *out,
    struct err *err)
{
	int64_t value;

	if (digits == 10) {
		return err_set(err, ERR_USAGE,
		    "time \"%s\" looks like seconds: epoch times are in "
		    "milliseconds, write \"%s000\"",
		    shown, shown);
	}
	if (!parse_i64(bytes_of(text), TIME_FIRST_MS, TIME_LAST_MS, &value)) {
		return err_set(err, ERR_USAGE,
		    "time \"%s\" is outside the years 0000 to 9999: epoch "
		    "times are in milliseconds",
		    shown);
	}
	*out = value;
	return 0;
}

int
time_parse(const char *text, int64_t now_ms, int64_t *out, struct err *err)
{
	const size_t sign = *text == '-' ? 1 : 0;
	const size_t digits = strspn(text + sign, "0123456789");
	char shown[SHOWN_MAX];

	(void)utf8_escape_to(bytes_of(text), shown, sizeof(shown));
	if (digits > 0 && text[sign + digits] == '\0') {
		return parse_epoch(text, digits, shown, out, err);
	}
	if (strncmp(text, "now", 3) == 0 && strchr("+-", text[3]) != NULL) {
		return parse_relative(text + 3, now_ms, shown, out, err);
	}
	return parse_rfc3339(text, shown, out, err);
}

/* -------------------------------------------------------------- writing */

/* Write value with so many digits and what follows them; return the end. */
static char *
put_digits(char *at, int value, int count, char behind)
{
	for (int i = count - 1; i >= 0; i--) {
		at[i] = (char)('0' + value % 10);
		value /= 10;
	}
	at[count] = behind;
	return at + count + 1;
}

const char *
time_format(int64_t time_ms, char out[TIME_RFC3339_MAX])
{
	char *at = out;
	struct civil civil;

	if (time_ms < TIME_FIRST_MS || time_ms > TIME_LAST_MS) {
		(void)snprintf(out, TIME_RFC3339_MAX, "%" PRId64, time_ms);
		return out;
	}
	civil_of(time_ms, &civil);
	at = put_digits(at, civil.year, 4, '-');
	at = put_digits(at, civil.month, 2, '-');
	at = put_digits(at, civil.day, 2, 'T');
	at = put_digits(at, civil.hour, 2, ':');
	at = put_digits(at, civil.minute, 2, ':');
	at = put_digits(at, civil.second, 2, '.');
	at = put_digits(at, civil.millisecond, 3, 'Z');
	*at = '\0';
	return out;
}

const char *
time_format_key(int64_t time_ms, char out[TIME_KEY_MAX])
{
	struct civil civil;
	int64_t within = time_ms < 0 ? 0 : time_ms;

	/* Out of bounds is the caller's mistake; the form stays right. */
	if (within > TIME_LAST_MS) {
		within = TIME_LAST_MS;
	}
	civil_of(within, &civil);
	/* What is put behind a number is written over by the next. */
	(void)put_digits(out, civil.year, 4, '\0');
	(void)put_digits(out + 4, civil.month, 2, '\0');
	(void)put_digits(out + 6, civil.day, 2, 'T');
	(void)put_digits(out + 9, civil.hour, 2, '\0');
	(void)put_digits(out + 11, civil.minute, 2, '\0');
	(void)put_digits(out + 13, civil.second, 2, '\0');
	(void)put_digits(out + 15, civil.millisecond, 3, 'Z');
	out[TIME_KEY_MAX - 1] = '\0';
	return out;
}

bool
time_parse_key(struct bytes text, int64_t *out)
{
	char key[TIME_KEY_MAX];
	const char *at = key;
	struct civil civil;

	if (text.size != TIME_KEY_MAX - 1) {
		return false;
	}
	memcpy(key, text.data, text.size);
	key[text.size] = '\0';
	if (!read_digits(&at, 4, &civil.year) ||
	    !read_digits(&at, 2, &civil.month) ||
	    !read_digits(&at, 2, &civil.day) || !read_one_of(&at, "T") ||
	    !read_digits(&at, 2, &civil.hour) ||
	    !read_digits(&at, 2, &civil.minute) ||
	    !read_digits(&at, 2, &civil.second) ||
	    !read_digits(&at, 3, &civil.millisecond) ||
	    !read_one_of(&at, "Z") || !civil_valid(&civil) ||
	    civil.year < 1970) {
		return false;
	}
	*out = civil_ms(&civil);
	return true;
}
