/*
 * version.h - the program's own version.
 */
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

/* "0.1.0": semantic version, from the file VERSION. */
extern const char version_text[];

/* "tidemark 0.1.0": what an archive says wrote it. */
extern const char version_writer[];

#endif /* CLI_VERSION_H */
