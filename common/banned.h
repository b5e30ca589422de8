/*
 * banned.h - functions that do not compile in this program.  Included before
 * every source file by the build.  Each has a replacement:
 *
 *	strcpy, strcat, strncpy, strncat, sprintf, vsprintf	buf.h, snprintf
 *	strtok, gets, scanf family				parsenum.h
 *	atoi, atol, atoll, strtol family			parsenum.h
 *	gmtime, localtime, ctime, asctime, strerror		timetext.h,
 *err.h mktemp, tmpnam						storage/dir.c
 */
#ifndef COMMON_BANNED_H
#define COMMON_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok
#pragma GCC poison gets scanf sscanf fscanf vsscanf
#pragma GCC poison atoi atol atoll atof strtol strtoll strtoul strtoull strtod
#pragma GCC poison gmtime localtime ctime asctime strerror mktemp tmpnam

#endif /* COMMON_BANNED_H */
