/*
 * compiler.h - the compiler's attributes under names of our own.  The only
 * place in the program that spells a language extension.
 */
#ifndef COMMON_COMPILER_H
#define COMMON_COMPILER_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_at, first_at) \
	__attribute__((__format__(__printf__, format_at, first_at)))
#define NORETURN __attribute__((noreturn))
#define RETURNS_NONNULL __attribute__((returns_nonnull))

#endif /* COMMON_COMPILER_H */
