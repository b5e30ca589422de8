#include "restore/retention.h"

#include "common/buf.h"
#include "common/log.h"
#include "common/parsenum.h"
#include "restore/reach.h"

#define SETTING "offsets.retention.minutes"
#define MINUTE_MS 60000
#define DEFAULT_MS (INT64_C(7) * 24 * 60 * MINUTE_MS)

/* It is a courtesy: brokers that do not answer must not hold up a restore. */
#define BROKERS_MAX 3

static int
ask(const struct reach *reach, int32_t broker, struct retention *out,
    struct err *err)
{
	struct buf text = { 0 };
	int64_t minutes = 0;
	int result = cluster_broker_config(
	    reach->cluster, broker, SETTING, REACH_REQUEST_MS, &text, err);

	if (result == 0 && !parse_i64(buf_bytes(&text), 1, INT32_MAX, &minutes))
		result = err_set(err, ERR_CORRUPT,
		    "broker %d: " SETTING " is no number of minutes",
		    (int)broker);
	buf_release(&text);
	if (result == 0)
		*out = (struct retention){ minutes * MINUTE_MS, true };
	return result;
}

int
retention_read(
    const struct reach *reach, struct retention *out, struct err *err)
{
	*out = (struct retention){ DEFAULT_MS, false };
	for (size_t i = 0; i < reach->view->broker_count && i < BROKERS_MAX;
	     i++) {
		struct err last = { 0 };

		if (ask(reach, reach->view->brokers[i].id, out, &last) == 0)
			return 0;
		if (reach_check(reach, err) != 0)
			return -1;
		log_debug(reach->log, "%s", last.message);
		if (last.kind == ERR_DENIED)
			return 0;
	}
	return 0;
}
