/* The one table of commands: see commands.h. */
#include "cli/commands.h"

#include "cli/options.h"

const struct command command_table[] = {
	{ "init", CMD_INIT, "", "create a repository",
	    "Makes the directory if it is missing (never a bucket of S3) and "
	    "checks that a\nsnapshot can be stored in it without ever "
	    "overwriting another.\n",
	    cmd_init },
	{ "snapshot", CMD_SNAPSHOT, "",
	    "capture every group's positions into the repository",
	    "Exit status 3 means that the snapshot is stored but partial: the "
	    "report\nnames every hole.  Without DESCRIBE on the cluster, groups "
	    "that are hidden\nfrom you cannot be excluded; --scope visible says "
	    "that this is what you\nwant.  Groups given by exact name need no "
	    "rights beyond their own.\n",
	    cmd_snapshot },
	{ "agent", CMD_AGENT, "", "capture on an interval, until it is stopped",
	    "Each archive holds a window of captures; the open one is stored "
	    "at each\nflush, so that a crash costs no more than that.  Source "
	    "follow reads the\noffsets topic as it grows and asks the "
	    "coordinators nothing; poll asks them\nfor each group, at most "
	    "--max-requests-per-second, however long that takes;\nauto follows "
	    "where the topic may be read, and polls once per window to\n"
	    "compare.  While the repository is away windows are kept in "
	    "memory, and\nthinned when --memory-limit is reached.\n"
	    "SIGTERM stores what there is and ends with 0; SIGHUP reads the "
	    "configuration\nagain; SIGUSR1 stores what there is.\n",
	    cmd_agent },
	{ "list", CMD_LIST, "[SNAPSHOT]", "list the snapshots of a repository",
	    "Newest last; by their names alone, nothing is opened.  With "
	    "--at TIME: those\naround that moment.  With --captures: every "
	    "moment that they, or SNAPSHOT\nalone, hold; with --at TIME the "
	    "last before it and the first after it.\nWith --restores: what "
	    "was restored by way of this repository, with the ids\nthat undo "
	    "and apply take.\n",
	    cmd_list },
	{ "show", CMD_SHOW, "SNAPSHOT", "show what one snapshot holds",
	    "SNAPSHOT is an id or its first digits, 'latest', or the path of "
	    "an\narchive; with @TIME behind it the newest of its captures "
	    "that had ended by\nthen, else the last.  With --group each "
	    "position of these groups is shown;\n--json gives every position "
	    "in any case.  --salvage shows what a damaged\narchive still "
	    "holds and names what is lost (exit status 20); every part\n"
	    "shown has passed its checksum.  To bring such positions back, "
	    "make lines of\ngroup,topic,partition,offset of them for\n"
	    "kafka-consumer-groups --reset-offsets --from-file.\n",
	    cmd_show },
	{ "diff", CMD_DIFF, "SNAPSHOT LATER",
	    "which groups are hurt? two snapshots, or one and now",
	    "SNAPSHOT is an id or its first digits, 'latest', the path of an "
	    "archive (each\nwith @TIME for a capture inside it), or a time: "
	    "the newest complete one by\nthen.  LATER is another one, or "
	    "'live' for the cluster of -b as it is\nnow.  Lists groups and "
	    "positions that differ, worst first:\n\n"
	    "  group-lost       the group is gone\n"
	    "  position-lost    the group is there, this position is not\n"
	    "  topic-recreated  another topic of that name: its numbers mean "
	    "others\n"
	    "  topic-gone       the topic is gone\n"
	    "  records-lost     the log start moved past the position\n"
	    "  beyond-log-end   the log was cut back below the position\n"
	    "  gone-back        a smaller number: records will be read again\n"
	    "  jumped           forward, and nothing shows that a consumer "
	    "did it\n"
	    "  unknown          a hole: it could not be read before, or after\n"
	    "  ...-appeared     was not there before; group-ended: had no "
	    "position\n\n"
	    "A move forward is taken for reading, except: consumers commit "
	    "with the\nleader epoch of what they read, tools without, so "
	    "'jumped' is a position\nwhose epoch was given before and is not "
	    "now, or that has none at all, of a\ngroup without members at "
	    "either reading.  An application that leaves the\nepoch out looks "
	    "the same, and a consumer that commits past records that it\nhas "
	    "not processed looks like one that reads.\n\n"
	    "Each group that is hurt, or to be looked at, gets the line that "
	    "plans its\nrestore.  Exit status 0 with differences or without; 3 "
	    "when something could\nnot be compared.  What a snapshot did not "
	    "read is never called lost.\n",
	    cmd_diff },
	{ "lookup", CMD_LOOKUP, "TOPIC PARTITION",
	    "tell time and offset from each other; needs no Kafka",
	    "Answers from both kinds of points that the snapshots keep: where "
	    "the log\nended when a capture looked (observed), and what the "
	    "broker said is the\nfirst record at or after a time (record "
	    "time).  Each says whether it is\nexact, a range or an estimate; "
	    "an interpolation is never a bound.  Where\nthe two kinds "
	    "disagree, the timestamps of this topic lie.\n",
	    cmd_lookup },
	{ "verify", CMD_VERIFY, "[SNAPSHOT...]",
	    "check archives, byte by byte; needs no Kafka",
	    "Checks all snapshots of the repository, or those that are named "
	    "(id,\nlatest, or the path of an archive).  Exit status 20 means "
	    "that something\nis damaged; the report names the archive and the "
	    "member in it.\n",
	    cmd_verify },
	{ "plan", CMD_PLAN, "", "work out a restore, and change nothing",
	    "With --at: where had each group got to at that time?  With "
	    "--to-datetime:\nwhich records were written from then on?  Or as "
	    "Kafka's own tool does it:\n--to-earliest, --shift-by and so on.  "
	    "Shows for each position where the group\nstands now, where it would "
	    "stand, and the rule that decided.  With --output\nFILE the plan is "
	    "written to a file that can be reviewed, and given to apply.\n"
	    "A move back and forth again between two captures cannot be "
	    "seen.\n",
	    cmd_plan },
	{ "apply", CMD_APPLY, "PLAN", "carry out a plan, and read it back",
	    "PLAN is a file that plan wrote, or the id of a plan that was begun "
	    "and stopped:\nit goes on from its record.  What was there before "
	    "is recorded first, in the\nrepository or with --record FILE; undo "
	    "puts it back.  Refuses groups that have\nmembers or that moved "
	    "since the plan was made.  Says done only after every\nposition was "
	    "read back from the cluster.\n",
	    cmd_apply },
	{ "restore", CMD_RESTORE, "",
	    "plan, and with --execute apply, in one go",
	    "Without --execute it prints the plan and changes nothing; the exit "
	    "status\nis then the one that the apply would have.\n",
	    cmd_restore },
	{ "undo", CMD_UNDO, "RECORD",
	    "put back what a restore or apply changed",
	    "RECORD is the plan's id or its first digits, 'latest' (the newest "
	    "change of\nthis cluster, if it is no undo), or the file of "
	    "--record.  Positions go back\nto what they were, those that were "
	    "not there are removed, and so is a group\nthat the restore made.  "
	    "A group that moved since is refused (5), unless\n--force-stale is "
	    "given.  Without --execute nothing is changed.\n",
	    cmd_undo },
	{ "rescue list", CMD_RESCUE_LIST, "",
	    "what is no longer committed, or was overwritten",
	    "From the records that the offsets topic still has, newest first: "
	    "what each\nposition held last, when that was committed, when it "
	    "went, and why as far as\nit can be told:\n\n"
	    "  expired, explicit-expiry   its time was over\n"
	    "  group-deleted              the group went with it\n"
	    "  topic-deleted              the topic is gone, or another one\n"
	    "  removed                    by somebody; the group stayed\n"
	    "  set-back                   to a smaller number\n"
	    "  jumped                     forward, and nothing shows that a "
	    "consumer did\n"
	    "                             it (tidemark help diff)\n"
	    "  begun-anew                 it was gone, and began elsewhere\n\n"
	    "A ? marks what something else would explain as well.  With --group "
	    "each\nposition; with --history every commit of these groups that "
	    "is left.  For what\ncan be brought back it gives the lines to "
	    "paste.  Exit status 3 when not all of\nthe topic could be read, "
	    "or decoded.  Needs READ on topic __consumer_offsets, or\nwith "
	    "--segments only the files; how many partitions there are they do "
	    "not tell:\n--partitions does.\n",
	    cmd_rescue_list },
	{ "rescue snapshot", CMD_RESCUE_SNAPSHOT, "",
	    "make a snapshot of what was, out of the offsets topic",
	    "With --at TIME: every group as of then.  Without: each position as "
	    "it was last,\nthose that are gone too; such a snapshot is of no "
	    "one time and is used by its id\nonly.  It needs no earlier "
	    "snapshot; plan and restore work from it as ever.\n"
	    "Compaction takes away what was overwritten: where history is not "
	    "exact that far\nback, positions of which only a bound is known "
	    "are holes that name it, and the\nexit status is 3.\n"
	    "With --segments it is complete only if --partitions N says how many "
	    "partitions\n__consumer_offsets has, and all are there; a time "
	    "later than the files is refused.\n",
	    cmd_rescue_snapshot },
	{ "rescue freeze", CMD_RESCUE_FREEZE, "",
	    "keep the cleaner away from the offsets topic",
	    "Sets min.compaction.lag.ms of the topic __consumer_offsets so that "
	    "the\ncleaner leaves every record there until thaw: what expired or "
	    "was deleted can\nbe read for as long, and the topic grows.  "
	    "Records first, in the repository\nor with --record FILE, what was "
	    "set before.  Says frozen only when the brokers\nshow it.  "
	    "Without --execute it tells what it would do and what to type "
	    "into\nkafka-configs instead; without the right to, it prints the "
	    "request for those\nwho have it.  Needs DESCRIBE_CONFIGS and "
	    "ALTER_CONFIGS on the topic.\n",
	    cmd_rescue_freeze },
	{ "rescue thaw", CMD_RESCUE_THAW, "",
	    "let the cleaner at the offsets topic again",
	    "Puts back what the newest freeze of this cluster found that was "
	    "not thawed\nyet, or the one of --record FILE: a value, or no value "
	    "at all.  If somebody\nelse has changed it since, it refuses (5), "
	    "unless --force-stale is given.\nWithout --execute nothing is "
	    "changed.\n",
	    cmd_rescue_thaw },
	{ "expiring", CMD_EXPIRING, "",
	    "which positions will be lost, and when",
	    "By Kafka's rule for each type of group, from the times of commits "
	    "and states in\nthe offsets topic.  Exit status 6 if any is lost "
	    "within --within; else 3 if\nnot all of the topic could be read."
	    "  The broker looks every\n"
	    "offsets.retention.check.interval.ms: a position goes at the next "
	    "look after\nits moment.  Rules:\n\n"
	    "  from-commit  so long after its own commit\n"
	    "  from-empty   so long after the group became empty, whatever is "
	    "committed\n"
	    "  explicit     when an old client said at its commit\n"
	    "  held         not while it has members; if its time is over, "
	    "within a second\n"
	    "               after the last of them leaves\n"
	    "  has-members  not while it has members; then it begins to "
	    "count\n\n"
	    "Without READ on the offsets topic: bounds, from the snapshots of "
	    "-r and a\nlook at the groups now.\n",
	    cmd_expiring },
	{ "touch", CMD_TOUCH, "",
	    "restart the clock of positions where a commit does",
	    "Commits the same values again: offset, leader epoch and "
	    "metadata.  That helps\nsimple groups and empty consumer and "
	    "streams groups.  An empty classic group\nis skipped: Kafka counts "
	    "from when it became empty, whatever is committed; it\nsays until "
	    "when it lives.  Groups in use, with members or a consumer that "
	    "moves\nthem, are left alone.  Without --execute nothing is "
	    "changed.\n",
	    cmd_touch },
	{ "config", CMD_CONFIG, "",
	    "check the configuration file, or show what is in force",
	    "Checks the file of --config or TIDEMARK_CONFIG: sections, keys, "
	    "values, the\nproperties of Kafka, policies.  --show prints every "
	    "setting that has a value,\nand where it comes from: an option, a "
	    "variable, file and line, or the\ndefault.  Secrets are shown as "
	    "***.  Takes every option that has a key, too.\nNeither opens the "
	    "repository nor connects to anything.\n",
	    cmd_config },
	{ "help", CMD_HELP, "[COMMAND]", "help for a command",
	    "'tidemark help man' prints the manual page.\n", cmd_help },
	{ "completion", CMD_COMPLETION, "bash|zsh|fish",
	    "print a shell completion script",
	    "For example: source <(tidemark completion bash)\n",
	    cmd_completion },
};

const size_t command_count = sizeof(command_table) / sizeof(command_table[0]);

const struct command_family family_table[] = {
	{ "rescue", "expired or deleted positions from the offsets topic",
	    "Without any earlier snapshot, from what the brokers still keep.\n" },
};

const size_t family_count = sizeof(family_table) / sizeof(family_table[0]);
