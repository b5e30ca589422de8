/* The only file that is compiled again when the version changes. */
#include "cli/version.h"

#ifndef TIDEMARK_VERSION
#error "the build gives TIDEMARK_VERSION, a string"
#endif

const char version_text[] = TIDEMARK_VERSION;
const char version_writer[] = "tidemark " TIDEMARK_VERSION;
