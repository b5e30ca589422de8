import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** One cluster: its clients, made when first needed, and what runs there. */
final class Site {
    final String bootstrap;
    private final int timeout;
    private final Map<Long, Running> running = new ConcurrentHashMap<>();
    private final AtomicLong lastHandle = new AtomicLong();
    private Admin admin;
    private KafkaProducer<byte[], byte[]> producer;

    /** Something that goes on after the command that started it. */
    interface Running {
        /** How it stands, as JSON. */
        Object status() throws Exception;

        /** End it; the arguments are those of the command "stop". */
        Object stop(JsonNode arguments) throws Exception;
    }

    /** Calls of the admin client end after a timeout in milliseconds. */
    Site(String bootstrap, int timeout) {
        this.bootstrap = bootstrap;
        this.timeout = timeout;
    }

    /** Properties of any client, with those of "config" in the arguments. */
    Map<String, Object> config(JsonNode arguments) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("reconnect.backoff.ms", 50);
        config.put("reconnect.backoff.max.ms", 200);
        config.put("retry.backoff.ms", 50);
        config.put("retry.backoff.max.ms", 200);
        config.put("request.timeout.ms", 5000); // nodes get frozen here
        config.put("socket.connection.setup.timeout.ms", 2000);
        config.put("enable.metrics.push", false);
        arguments.path("config").fields().forEachRemaining(
            each -> config.put(each.getKey(), each.getValue().asText()));
        return config;
    }

    synchronized Admin admin() {
        if (admin == null) {
            Map<String, Object> config = config(Bed.JSON.createObjectNode());
            config.put("default.api.timeout.ms", timeout);
            config.put("request.timeout.ms", Math.min(timeout, 5000));
            admin = Admin.create(config);
        }
        return admin;
    }

    synchronized KafkaProducer<byte[], byte[]> producer() {
        if (producer == null) {
            Map<String, Object> config = config(Bed.JSON.createObjectNode());
            config.put("linger.ms", 5);
            config.put("batch.size", 131072);
            producer = new KafkaProducer<>(config, new ByteArraySerializer(),
                new ByteArraySerializer());
        }
        return producer;
    }

    long add(Running started) {
        long handle = lastHandle.incrementAndGet();
        running.put(handle, started);
        return handle;
    }

    Running find(JsonNode arguments) {
        Running found = running.get(arguments.get("handle").asLong());
        if (found == null) {
            throw new IllegalStateException("nothing runs as " + arguments);
        }
        return found;
    }

    Object stop(JsonNode arguments) throws Exception {
        Running found = find(arguments);
        running.remove(arguments.get("handle").asLong());
        return found.stop(arguments);
    }

    /** Let go of the cluster, which may be gone already. */
    synchronized void close() {
        for (Running each : List.copyOf(running.values())) {
            try {
                each.stop(Bed.JSON.createObjectNode().put("abandon", true));
            } catch (Exception ignored) {
                // the cluster may be gone
            }
        }
        running.clear();
        if (producer != null) {
            producer.close(Duration.ZERO);
        }
        if (admin != null) {
            admin.close(Duration.ZERO);
        }
    }

    /** The partition that [topic, partition, ...] begins with. */
    static TopicPartition partition(JsonNode row) {
        return new TopicPartition(row.get(0).asText(), row.get(1).asInt());
    }

    static List<TopicPartition> partitions(JsonNode rows) {
        List<TopicPartition> result = new ArrayList<>();
        rows.forEach(row -> result.add(partition(row)));
        return result;
    }

    static List<String> strings(JsonNode list) {
        List<String> result = new ArrayList<>();
        list.forEach(each -> result.add(each.asText()));
        return result;
    }

    /** Rows of [topic, partition, offset, epoch, metadata]; epoch -1: none. */
    static Map<TopicPartition, OffsetAndMetadata> positions(JsonNode rows) {
        Map<TopicPartition, OffsetAndMetadata> result = new HashMap<>();
        for (JsonNode row : rows) {
            int epoch = row.path(3).asInt(-1);
            result.put(partition(row), new OffsetAndMetadata(
                row.get(2).asLong(),
                epoch < 0 ? Optional.empty() : Optional.of(epoch),
                row.path(4).asText("")));
        }
        return result;
    }
}
