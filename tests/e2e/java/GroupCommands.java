import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsResult;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/** Groups and their positions, by the admin client. */
final class GroupCommands {
    private static final int OUTSTANDING = 500;

    private GroupCommands() {
    }

    static void register(Map<String, Bed.Command> commands) {
        commands.put("commit", GroupCommands::commit);
        commands.put("seed", GroupCommands::seed);
        commands.put("offsets", GroupCommands::offsets);
        commands.put("list_groups", (site, none) -> Only.groups(site.admin()));
        commands.put("describe_group", GroupCommands::describe);
        commands.put("delete_groups", GroupCommands::delete);
        commands.put("delete_offsets", GroupCommands::deleteOffsets);
    }

    /** Commit as a group without members; the error of each that failed. */
    private static Object commit(Site site, JsonNode arguments)
        throws Exception {
        var positions = Site.positions(arguments.get("positions"));
        var result = site.admin().alterConsumerGroupOffsets(
            arguments.get("group").asText(), positions);
        List<ArrayNode> failed = new ArrayList<>();
        for (TopicPartition each : positions.keySet()) {
            try {
                result.partitionResult(each).get();
            } catch (ExecutionException error) {
                if (Bed.cause(error) instanceof TimeoutException) {
                    throw error;
                }
                failed.add(Bed.JSON.createArrayNode().add(each.topic())
                    .add(each.partition())
                    .add(Bed.cause(error).getClass().getSimpleName()));
            }
        }
        return failed;
    }

    /** Many groups with a position in each of the same partitions. */
    private static Object seed(Site site, JsonNode arguments)
        throws Exception {
        String prefix = arguments.get("prefix").asText();
        int count = arguments.get("count").asInt();
        List<TopicPartition> partitions =
            Site.partitions(arguments.get("partitions"));
        Semaphore free = new Semaphore(OUTSTANDING);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        for (int number = 0; number < count && failure.get() == null;
            number++) {
            Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
            for (TopicPartition each : partitions) {
                positions.put(each, new OffsetAndMetadata(
                    arguments.get("offset").asLong() + number % 1000));
            }
            free.acquire();
            site.admin()
                .alterConsumerGroupOffsets(prefix + number, positions).all()
                .whenComplete((none, error) -> {
                    if (error != null) {
                        failure.set(error);
                    }
                    free.release();
                });
        }
        free.acquire(OUTSTANDING);
        if (failure.get() != null) {
            throw new ExecutionException(failure.get());
        }
        return null;
    }

    /** Rows of [group, topic, partition, offset, epoch, metadata]. */
    private static Object offsets(Site site, JsonNode arguments)
        throws Exception {
        Map<String, ListConsumerGroupOffsetsSpec> wanted = new HashMap<>();
        for (String group : Site.strings(arguments.get("groups"))) {
            wanted.put(group, new ListConsumerGroupOffsetsSpec());
        }
        // A coordinator that is new in office answers with less and no error
        // unless stable offsets are required: wait for it in any case.
        var found = fetch(site, wanted, true);
        if (!arguments.path("stable").asBoolean()) {
            found.all().get();
            found = fetch(site, wanted, false);
        }
        List<ArrayNode> rows = new ArrayList<>();
        for (String group : wanted.keySet()) {
            found.partitionsToOffsetAndMetadata(group).get()
                .forEach((where, what) -> {
                    if (what != null) {
                        rows.add(Bed.JSON.createArrayNode().add(group)
                            .add(where.topic()).add(where.partition())
                            .add(what.offset())
                            .add(what.leaderEpoch().orElse(-1))
                            .add(what.metadata()));
                    }
                });
        }
        return rows;
    }

    private static ListConsumerGroupOffsetsResult fetch(Site site,
        Map<String, ListConsumerGroupOffsetsSpec> wanted, boolean stable) {
        return site.admin().listConsumerGroupOffsets(wanted,
            new ListConsumerGroupOffsetsOptions().requireStable(stable));
    }

    private static Object describe(Site site, JsonNode arguments)
        throws Exception {
        String group = arguments.get("group").asText();
        ConsumerGroupDescription found = site.admin()
            .describeConsumerGroups(List.of(group)).all().get().get(group);
        ObjectNode result = Bed.JSON.createObjectNode();
        result.put("state", found.state().toString());
        result.put("type", found.type().toString());
        result.put("coordinator", found.coordinator().id());
        ArrayNode members = result.putArray("members");
        found.members().forEach(member -> {
            ObjectNode row = members.addObject();
            row.put("id", member.consumerId());
            row.put("client_id", member.clientId());
            row.put("host", member.host());
            ArrayNode assigned = row.putArray("partitions");
            member.assignment().topicPartitions().forEach(each ->
                assigned.addArray().add(each.topic()).add(each.partition()));
        });
        return result;
    }

    private static Object delete(Site site, JsonNode arguments)
        throws Exception {
        site.admin().deleteConsumerGroups(
            Site.strings(arguments.get("groups"))).all().get();
        return null;
    }

    private static Object deleteOffsets(Site site, JsonNode arguments)
        throws Exception {
        Set<TopicPartition> which =
            Set.copyOf(Site.partitions(arguments.get("partitions")));
        if (which.isEmpty()) {
            return Collections.emptyList();
        }
        site.admin().deleteConsumerGroupOffsets(
            arguments.get("group").asText(), which).all().get();
        return null;
    }
}
