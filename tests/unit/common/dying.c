#include "tests/unit/common/dying.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int
dying_status(void (*run)(void), char *output, size_t capacity)
{
	size_t used = 0;
	ssize_t got;
	int ends[2];
	int status;

	if (pipe(ends) != 0) {
		return -1;
	}
	const pid_t child = fork();

	if (child == 0) {
		if (dup2(ends[1], STDERR_FILENO) < 0) {
			_Exit(125);
		}
		run();
		_Exit(0);
	}
	(void)close(ends[1]);
	do {
		got = read(ends[0], output + used, capacity - 1 - used);
		used += got > 0 ? (size_t)got : 0;
	} while (got > 0);
	output[used] = '\0';
	(void)close(ends[0]);
	if (child < 0 || waitpid(child, &status, 0) != child ||
	    !WIFEXITED(status)) {
		return -1;
	}
	return WEXITSTATUS(status);
}
