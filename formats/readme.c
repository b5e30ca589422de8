/*
 * readme.c - see readme.h.
 */
#include "formats/readme.h"

#include "common/timetext.h"
#include "common/utf8.h"

#define SHOWN_MAX (SNAPSHOT_TEXT_MAX * 8)

static const char introduction[] =
    "This archive holds how far each consumer group of a Kafka cluster had\n"
    "read: its committed offsets.  It holds no records of any topic.\n"
    "\n";

static const char restore[] =
    "\n"
    "Put a group back with Kafka's own tools, without the program that wrote\n"
    "this\n"
    "----------------------------------------------------------------------\n"
    "\n"
    "1. Unpack and check that nothing changed.\n"
    "\n"
    "       tar --zstd -xf ARCHIVE.tar.zst\n"
    "       sha256sum -c SHA256SUMS\n"
    "\n"
    "   (Without zstd support in tar: zstd -dc ARCHIVE.tar.zst | tar -xf -)\n"
    "\n"
    "2. Take the rows of the groups that you want to move.  A row is\n"
    "   group,topic,partition,offset.  A name may stand in double quotes:\n"
    "   they belong to the file, not to the name, and must stay.\n"
    "\n"
    "       cat offsets/*.csv | grep -e '^my-group,' -e '^\"my-group\",' \\\n"
    "           > my.csv\n"
    "\n"
    "   The file must have no header and no empty line.\n"
    "\n"
    "3. Stop all consumers of the group.  A group with members is refused.\n"
    "\n"
    "4. See what would happen; nothing changes yet.\n"
    "\n"
    "       kafka-consumer-groups.sh --bootstrap-server HOST:PORT \\\n"
    "           --reset-offsets --from-file my.csv --group my-group \\\n"
    "           --dry-run\n"
    "\n"
    "5. Do it: the same line with --execute in place of --dry-run.\n"
    "\n"
    "       kafka-consumer-groups.sh --bootstrap-server HOST:PORT \\\n"
    "           --reset-offsets --from-file my.csv --group my-group \\\n"
    "           --execute\n"
    "\n"
    "   For several groups repeat the option: --group g1 --group g2 ...\n"
    "   Do not use --all-groups: it takes only groups that exist now, so it\n"
    "   finds nothing once the groups were deleted or have expired.\n"
    "\n"
    "6. Look at the result.  That tool exits with 0 also when it refused.\n"
    "\n"
    "       kafka-consumer-groups.sh --bootstrap-server HOST:PORT \\\n"
    "           --describe --group my-group\n"
    "\n"
    "What to know before you do\n"
    "--------------------------\n"
    "\n"
    "- The numbers are of that cluster and of the topics as they were then.\n"
    "  If a topic was deleted and made again, or on another cluster, the same\n"
    "  number is another record.  topics/ has the topic ids; compare them\n"
    "  with kafka-topics.sh --describe.\n"
    "- The tool moves an offset that lies outside of the log to its nearest\n"
    "  end.\n"
    "- The CSV has no leader epochs and no metadata strings (Kafka Streams\n"
    "  keeps times in them); groups/ has them.\n"
    "- Not in the CSV, because it cannot express them: the empty group id,\n"
    "  names with a newline or a NUL byte or that are not UTF-8, and negative\n"
    "  offsets.  MANIFEST.json counts their positions as csv_skipped;\n"
    "  groups/ has them.\n"
    "\n"
    "What is in here\n"
    "---------------\n"
    "\n"
    "topics/    JSON, a line per topic: id; for each partition first offset\n"
    "           (starts), end of the log (ends), leader epoch\n"
    "groups/    JSON, a line per group: type, state; for each topic columns of\n"
    "           numbers: partitions, offsets, leader epochs, and where it\n"
    "           is known when each was committed (Unix time in ms);\n"
    "           metadata in base64.  A long line goes on in the next one\n"
    "           with its name again and \"part\".\n"
    "holes/     what could not be read, if there was anything\n"
    "gone/      what the previous snapshot had and this one has not\n"
    "times/     JSON, a line per topic with columns of numbers, a row for\n"
    "           each question that was asked of the cluster: the first record\n"
    "           of the partition with a timestamp at or after the time (Unix\n"
    "           time in ms) has the offset (-1: none), and the timestamp found\n"
    "offsets/   the offsets as CSV\n"
    "SHA256SUMS    of everything above\n"
    "INDEX.jsonl   where each member is in the compressed file\n"
    "MANIFEST.json what was captured, when, from which cluster; is it complete\n"
    "\n"
    "Names that are not UTF-8 stand as base64 under group_b64 and topic_b64.\n"
    "For example, the offsets of one group:\n"
    "\n"
    "       grep -h '^{\"group\":\"my-group\"' groups/*.jsonl | jq .topics\n"
    "\n"
    "The format is specified in formats/FORMAT.md of tidemark's source.\n";

/* What made it, where that is more than asking the brokers. */
static void
add_source(const struct snapshot_info *info, struct buf *out)
{
	char as_of[TIME_RFC3339_MAX];

	if (info->source == SOURCE_API)
		return;
	buf_add_format(out, "Source    %s\n",
	    info->source == SOURCE_BOTH
		? "the brokers, and the records of __consumer_offsets"
		: "the records of __consumer_offsets");
	if (info->as_of_ms != -1)
		buf_add_format(
		    out, "As of     %s\n", time_format(info->as_of_ms, as_of));
	if (info->last_known)
		buf_add_text(out,
		    "          What each position held last, whenever that\n"
		    "          was: not where a group stood at any one time.\n");
}

/* Also of a mixture of times nothing may be missing. */
static const char *
completeness(const struct snapshot_info *info)
{
	if (info->complete)
		return "complete";
	return info->hole_count > 0 ? "partial: holes/ says what is missing"
				    : "of no one time";
}

void
readme_add(const struct snapshot_info *info, struct buf *out)
{
	char shown[SHOWN_MAX];
	char from[TIME_RFC3339_MAX];
	char to[TIME_RFC3339_MAX];

	buf_add_text(out, introduction);
	buf_add_format(out, "Cluster   %s\n",
	    utf8_escape_to(bytes_of(info->cluster_id), shown, sizeof(shown)));
	buf_add_format(out, "Captured  %s to %s",
	    time_format(info->window.from_ms, from),
	    time_format(info->window.to_ms, to));
	if (info->window.count > 1)
		buf_add_format(out,
		    ", %zu times\n"
		    "          What follows, and offsets/, is of the last time.",
		    info->window.count);
	buf_add_char(out, '\n');
	add_source(info, out);
	buf_add_format(out, "Scope     %s, %s\n", scope_text(info->scope),
	    completeness(info));
	buf_add_format(out, "Content   %zu positions of %zu groups\n",
	    info->position_count, info->group_count);
	buf_add_format(out, "Snapshot  %s, written by %s\n", info->id,
	    utf8_escape_to(bytes_of(info->writer), shown, sizeof(shown)));
	buf_add_text(out, restore);
}
