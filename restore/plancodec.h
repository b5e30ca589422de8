/*
 * plancodec.h - a plan as JSON Lines: a header, then for each group a line and
 * its rows, and a last line with counts and the SHA-256 of every byte before
 * it, so that a plan that was cut or changed is refused.
 *
 *	{"plan":1,"id":...,"created":...,"cluster":...,"question":"committed",
 *	 "at":...|"snapshot":...,"policy":"strict","writer":...,...}
 *	{"group":"g","exists":true,...,"rows":2}
 *	{"group":"g","topic":"t","partition":0,"now":{...},"planned":{...},
 *	 "action":"commit","rule":"backward",...}
 *	{"end":true,"groups":1,"rows":2,"sha256":"..."}
 *
 * Names and metadata are strings, or base64 under their key with "_b64" where
 * they are not UTF-8 or hold NUL, as in the archive.  Times are RFC 3339 in
 * UTC with milliseconds, or a number where that cannot write them.
 *
 * What came later may be missing: skip_share_groups, retention_ms and
 * retention_known of the header; kind, hint and expiry of a group.  from_group
 * and from_topic stand where positions come from another name (remap.h).
 *
 * A plan says what will be written to a cluster: a key that this version does
 * not know is refused, never passed over.
 */
#ifndef RESTORE_PLANCODEC_H
#define RESTORE_PLANCODEC_H

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

struct buf;
struct plan;

#define PLANCODEC_VERSION 1
/* A million positions with long metadata; a reader refuses a larger file. */
#define PLANCODEC_SIZE_MAX ((size_t)1 << 30)
#define PLANCODEC_LINE_MAX ((size_t)8 << 20)

/* Append.  The same plan gives the same bytes. */
void plancodec_encode(const struct plan *plan, struct buf *out);

/*
 * ERR_CORRUPT names the line and what is wrong with it; a newer version is
 * ERR_UNSUPPORTED.  decode(encode(x)) is x.  On failure out is empty.
 */
int plancodec_decode(
    struct bytes text, struct plan *out, struct err *err) MUST_CHECK;

#endif /* RESTORE_PLANCODEC_H */
