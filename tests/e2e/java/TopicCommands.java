import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** Topics, their records and leaders, and ACLs. */
final class TopicCommands {
    private TopicCommands() {
    }

    static void register(Map<String, Bed.Command> commands) {
        commands.put("create_topics", TopicCommands::create);
        commands.put("delete_topics", TopicCommands::delete);
        commands.put("add_partitions", TopicCommands::addPartitions);
        commands.put("describe_topic", TopicCommands::describe);
        commands.put("topic_config", TopicCommands::config);
        commands.put("produce", TopicCommands::produce);
        commands.put("delete_records", TopicCommands::deleteRecords);
        commands.put("ends", TopicCommands::ends);
        commands.put("offsets_for_time", TopicCommands::offsetsForTime);
        commands.put("reassign", TopicCommands::reassign);
        commands.put("elect", TopicCommands::elect);
        commands.put("acl", TopicCommands::acl);
    }

    private static Object create(Site site, JsonNode arguments)
        throws Exception {
        List<NewTopic> topics = new ArrayList<>();
        for (JsonNode each : arguments.get("topics")) {
            topics.add(newTopic(each));
        }
        site.admin().createTopics(topics).all().get();
        return null;
    }

    private static NewTopic newTopic(JsonNode wanted) {
        String name = wanted.get("name").asText();
        NewTopic topic;
        if (wanted.path("replicas").isArray()) {
            Map<Integer, List<Integer>> replicas = new HashMap<>();
            wanted.get("replicas").forEach(
                list -> replicas.put(replicas.size(), numbers(list)));
            topic = new NewTopic(name, replicas);
        } else {
            topic = new NewTopic(name,
                Optional.of(wanted.path("partitions").asInt(1)),
                Optional.empty());
        }
        Map<String, String> configs = new HashMap<>();
        wanted.path("configs").fields().forEachRemaining(
            each -> configs.put(each.getKey(), each.getValue().asText()));
        return topic.configs(configs);
    }

    private static List<Integer> numbers(JsonNode list) {
        List<Integer> result = new ArrayList<>();
        list.forEach(each -> result.add(each.asInt()));
        return result;
    }

    private static Object delete(Site site, JsonNode arguments)
        throws Exception {
        site.admin().deleteTopics(Site.strings(arguments.get("names")))
            .all().get();
        return null;
    }

    private static Object addPartitions(Site site, JsonNode arguments)
        throws Exception {
        site.admin().createPartitions(Map.of(arguments.get("topic").asText(),
            NewPartitions.increaseTo(arguments.get("total").asInt())))
            .all().get();
        return null;
    }

    private static TopicDescription description(Site site, String topic)
        throws Exception {
        return site.admin().describeTopics(List.of(topic)).allTopicNames()
            .get().get(topic);
    }

    private static Object describe(Site site, JsonNode arguments)
        throws Exception {
        TopicDescription found =
            description(site, arguments.get("topic").asText());
        ObjectNode result = Bed.JSON.createObjectNode();
        result.put("id", found.topicId().toString());
        ArrayNode partitions = result.putArray("partitions");
        found.partitions().forEach(each -> {
            ObjectNode row = partitions.addObject();
            row.put("partition", each.partition());
            row.put("leader", each.leader() == null ? -1 : each.leader().id());
            ArrayNode replicas = row.putArray("replicas");
            each.replicas().stream().map(Node::id).forEach(replicas::add);
            ArrayNode inSync = row.putArray("in_sync");
            each.isr().stream().map(Node::id).forEach(inSync::add);
        });
        return result;
    }

    private static Object config(Site site, JsonNode arguments)
        throws Exception {
        List<AlterConfigOp> changes = new ArrayList<>();
        arguments.get("configs").fields().forEachRemaining(each ->
            changes.add(new AlterConfigOp(
                new ConfigEntry(each.getKey(), each.getValue().asText()),
                AlterConfigOp.OpType.SET)));
        site.admin().incrementalAlterConfigs(Map.of(
            new ConfigResource(ConfigResource.Type.TOPIC,
                arguments.get("topic").asText()), changes)).all().get();
        return null;
    }

    /** Records whose value begins with their own offset, in decimal. */
    private static Object produce(Site site, JsonNode arguments)
        throws Exception {
        TopicPartition to = new TopicPartition(arguments.get("topic").asText(),
            arguments.get("partition").asInt());
        JsonNode times = arguments.get("times");
        int size = arguments.path("size").asInt(0);
        long first = site.admin()
            .listOffsets(Map.of(to, OffsetSpec.latest())).all().get()
            .get(to).offset();
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int at = 0; at < times.size(); at++) {
            sent.add(site.producer().send(new ProducerRecord<>(to.topic(),
                to.partition(), times.get(at).asLong(), null,
                value(first + at, size))));
        }
        for (int at = 0; at < times.size(); at++) {
            long got = sent.get(at).get().offset();
            if (got != first + at) {
                throw new IllegalStateException("someone else writes to " + to
                    + ": offset " + got + " instead of " + (first + at));
            }
        }
        return first;
    }

    private static byte[] value(long offset, int size) {
        byte[] number = Long.toString(offset)
            .getBytes(StandardCharsets.US_ASCII);
        byte[] value = Arrays.copyOf(number, Math.max(size, number.length));
        Arrays.fill(value, number.length, value.length, (byte) ' ');
        return value;
    }

    private static Object deleteRecords(Site site, JsonNode arguments)
        throws Exception {
        Map<TopicPartition, RecordsToDelete> before = new HashMap<>();
        for (JsonNode row : arguments.get("before")) {
            before.put(Site.partition(row),
                RecordsToDelete.beforeOffset(row.get(2).asLong()));
        }
        site.admin().deleteRecords(before).all().get();
        return null;
    }

    private static List<TopicPartition> partitionsOf(Site site, String topic)
        throws Exception {
        return description(site, topic).partitions().stream()
            .map(each -> new TopicPartition(topic, each.partition()))
            .collect(Collectors.toList());
    }

    private static Map<TopicPartition, ListOffsetsResultInfo> offsets(
        Site site, List<TopicPartition> of, OffsetSpec spec)
        throws Exception {
        return site.admin().listOffsets(of.stream().collect(
            Collectors.toMap(each -> each, each -> spec))).all().get();
    }

    private static Object ends(Site site, JsonNode arguments)
        throws Exception {
        List<TopicPartition> all =
            partitionsOf(site, arguments.get("topic").asText());
        var starts = offsets(site, all, OffsetSpec.earliest());
        var ends = offsets(site, all, OffsetSpec.latest());
        List<ArrayNode> rows = new ArrayList<>();
        for (TopicPartition each : all) {
            rows.add(Bed.JSON.createArrayNode().add(each.partition())
                .add(starts.get(each).offset()).add(ends.get(each).offset())
                .add(ends.get(each).leaderEpoch().orElse(-1)));
        }
        return rows;
    }

    private static Object offsetsForTime(Site site, JsonNode arguments)
        throws Exception {
        List<TopicPartition> all =
            partitionsOf(site, arguments.get("topic").asText());
        var found = offsets(site, all,
            OffsetSpec.forTimestamp(arguments.get("time").asLong()));
        List<ArrayNode> rows = new ArrayList<>();
        for (TopicPartition each : all) {
            rows.add(Bed.JSON.createArrayNode().add(each.partition())
                .add(found.get(each).offset()));
        }
        return rows;
    }

    /** Move partitions to other replicas and wait until that is done. */
    private static Object reassign(Site site, JsonNode arguments)
        throws Exception {
        String topic = arguments.get("topic").asText();
        Map<TopicPartition, Optional<NewPartitionReassignment>> moves =
            new HashMap<>();
        for (JsonNode row : arguments.get("replicas")) {
            moves.put(new TopicPartition(topic, row.get(0).asInt()),
                Optional.of(
                    new NewPartitionReassignment(numbers(row.get(1)))));
        }
        site.admin().alterPartitionReassignments(moves).all().get();
        Set<TopicPartition> moved = moves.keySet();
        while (!site.admin().listPartitionReassignments(moved)
            .reassignments().get().isEmpty()) {
            Thread.sleep(20);
        }
        return null;
    }

    /** Give each partition to the first of its replicas. */
    private static Object elect(Site site, JsonNode arguments)
        throws Exception {
        Set<TopicPartition> which =
            Set.copyOf(Site.partitions(arguments.get("partitions")));
        var outcome = site.admin()
            .electLeaders(ElectionType.PREFERRED, which).partitions().get();
        for (Optional<Throwable> each : outcome.values()) {
            if (each.isPresent()
                && !(each.get() instanceof ElectionNotNeededException)) {
                throw new IllegalStateException(each.get());
            }
        }
        return null;
    }

    private static Object acl(Site site, JsonNode arguments)
        throws Exception {
        AclBinding binding = new AclBinding(
            new ResourcePattern(
                ResourceType.valueOf(arguments.get("resource").asText()),
                arguments.get("name").asText(),
                PatternType.valueOf(arguments.get("pattern").asText())),
            new AccessControlEntry(arguments.get("principal").asText(), "*",
                AclOperation.valueOf(arguments.get("operation").asText()),
                AclPermissionType.valueOf(
                    arguments.get("permission").asText())));
        if (arguments.path("remove").asBoolean()) {
            site.admin().deleteAcls(List.of(binding.toFilter())).all().get();
        } else {
            site.admin().createAcls(List.of(binding)).all().get();
        }
        boolean wanted = !arguments.path("remove").asBoolean();
        while (site.admin().describeAcls(binding.toFilter()).values().get()
            .isEmpty() == wanted) {
            Thread.sleep(10);
        }
        return null;
    }
}
