/* s3.c - see s3.h.  (work in progress) */
#include "storage/s3.h"

#include "common/err.h"

int
s3_open(const char *url, const struct s3_settings *settings,
    const struct env *env, struct store **out, struct err *err)
{
	(void)settings;
	(void)env;
	(void)out;
	return err_set(err, ERR_UNSUPPORTED, "%s: in the making", url);
}
