/*
 * plan_choice.h - what the options of plan and restore ask for: by what the
 * positions are found, whose they are, and the policy.
 */
#ifndef CLI_PLAN_CHOICE_H
#define CLI_PLAN_CHOICE_H

#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"
#include "formats/csvread.h"
#include "formats/model.h"
#include "restore/direct.h"
#include "restore/mapping.h"
#include "restore/policy.h"
#include "restore/policyrules.h"
#include "restore/topicspec.h"

struct context;

struct plan_choice {
	enum strategy strategy;
	int64_t number;  /* of to-offset and shift-by */
	int64_t time_ms; /* of log-time */
	struct policy policy;
	struct policyrules rules; /* of the file, on top of it */
	struct topicspecs topics;
	struct mapping mapping;
	struct selection wanted; /* borrowed from the options and topics */
	struct csvread csv;      /* of from-file */
};

/* Refuse what does not go together before anything but the file of --from-file
 * is opened: ERR_USAGE.  Release it whatever the result. */
int plan_choice_read(struct context *context, struct plan_choice *out,
    struct err *err) MUST_CHECK;

/* Only policy and rules; release it whatever the result. */
int plan_choice_policy(struct context *context, struct plan_choice *out,
    struct err *err) MUST_CHECK;

/* The moment of --at, which is not in the future. */
int plan_choice_moment(
    struct context *context, int64_t *out, struct err *err) MUST_CHECK;

void plan_choice_release(struct plan_choice *choice);

#endif /* CLI_PLAN_CHOICE_H */
