import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What differs between versions of Kafka, for 4.x. */
final class Only {
    private Only() {
    }

    /** Rows of [group, type, state, protocol type]. */
    static Object groups(Admin admin) throws Exception {
        List<ArrayNode> rows = new ArrayList<>();
        for (var each : admin.listGroups().all().get()) {
            rows.add(Bed.JSON.createArrayNode().add(each.groupId())
                .add(each.type().map(Object::toString).orElse("Unknown"))
                .add(each.groupState().map(Object::toString)
                    .orElse("Unknown"))
                .add(each.protocol()));
        }
        return rows;
    }

    /** A member of a share group, which takes and accepts records. */
    static Site.Running share(Site site, JsonNode arguments) {
        Map<String, Object> config = site.config(arguments);
        String group = arguments.get("group").asText();
        config.put("group.id", group);
        KafkaShareConsumer<byte[], byte[]> consumer = new KafkaShareConsumer<>(
            config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(Site.strings(arguments.get("topics")));
        return new Share(site.admin(), group, consumer);
    }

    private static final class Share implements Clients.Ready, Runnable {
        private final Admin admin;
        private final String group;
        private final KafkaShareConsumer<byte[], byte[]> consumer;
        private final Thread thread = Bed.daemon(this);
        private volatile boolean stopping;
        private volatile long records;
        private volatile Exception failure;

        Share(Admin admin, String group,
            KafkaShareConsumer<byte[], byte[]> consumer) {
            this.admin = admin;
            this.group = group;
            this.consumer = consumer;
            thread.start();
        }

        @Override
        public void run() {
            try {
                while (!stopping) {
                    records += consumer.poll(Duration.ofMillis(50)).count();
                }
            } catch (Exception error) {
                failure = error;
            } finally {
                consumer.close(Duration.ofSeconds(10));
            }
        }

        @Override
        public boolean isReady() throws Exception {
            if (failure != null) {
                throw failure;
            }
            return admin.listGroups().all().get().stream().anyMatch(each ->
                each.groupId().equals(group) && each.groupState().map(
                    state -> state.toString().equals("Stable")).orElse(false));
        }

        @Override
        public Object status() throws Exception {
            if (failure != null) {
                throw failure;
            }
            return Bed.JSON.createObjectNode().put("records", records);
        }

        @Override
        public Object stop(JsonNode arguments) throws Exception {
            stopping = true;
            if (!arguments.path("abandon").asBoolean()) {
                thread.join();
            }
            return null;
        }
    }
}
