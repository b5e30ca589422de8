import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;

/** Clients that live on after their command: members, open transactions. */
final class Clients {
    private static final Duration TICK = Duration.ofMillis(50);
    private static final long DEADLINE = 30_000;

    private Clients() {
    }

    static void register(Map<String, Bed.Command> commands) {
        commands.put("start_consumer", Clients::startConsumer);
        commands.put("start_share", (site, arguments) ->
            started(site, arguments, Only.share(site, arguments)));
        commands.put("start_streams", Clients::startStreams);
        commands.put("open_transaction", Clients::openTransaction);
        commands.put("status", (site, arguments) ->
            site.find(arguments).status());
        commands.put("stop", Site::stop);
        commands.put("first_records", Clients::firstRecords);
        commands.put("record", Clients::record);
    }

    interface Condition {
        boolean met() throws Exception;
    }

    static void await(String what, Condition condition) throws Exception {
        long end = System.currentTimeMillis() + DEADLINE;
        while (!condition.met()) {
            if (System.currentTimeMillis() > end) {
                throw new TimeoutException(what);
            }
            Thread.sleep(10);
        }
    }

    private static Map<String, Object> consumerConfig(Site site,
        JsonNode arguments) {
        Map<String, Object> config = site.config(arguments);
        config.put("enable.auto.commit", false);
        config.putIfAbsent("auto.offset.reset", "earliest");
        config.put("allow.auto.create.topics", false);
        config.putIfAbsent("fetch.max.wait.ms", 50);
        if (arguments.has("group")) {
            config.put("group.id", arguments.get("group").asText());
            config.put("group.protocol",
                arguments.path("protocol").asText("classic"));
        }
        if (arguments.hasNonNull("client_id")) {
            config.put("client.id", arguments.get("client_id").asText());
        }
        return config;
    }

    private static KafkaConsumer<byte[], byte[]> consumer(Site site,
        JsonNode arguments) {
        return new KafkaConsumer<>(consumerConfig(site, arguments),
            new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** A member of a group, or a consumer that assigns by hand. */
    private static Object startConsumer(Site site, JsonNode arguments)
        throws Exception {
        Reader reader = new Reader(consumer(site, arguments), arguments);
        return started(site, arguments, reader);
    }

    /** Keep what was started under a handle; stop it if it never gets ready. */
    private static Object started(Site site, JsonNode arguments,
        Site.Running running) throws Exception {
        try {
            if (running instanceof Ready
                && arguments.path("wait").asBoolean(true)) {
                Ready ready = (Ready) running;
                await("start of " + arguments, ready::isReady);
            }
        } catch (Exception error) {
            running.stop(Bed.JSON.createObjectNode());
            throw error;
        }
        return site.add(running);
    }

    /** Something that is not at once what it was started for. */
    interface Ready extends Site.Running {
        /** Whether it is now; throws what ended it. */
        boolean isReady() throws Exception;
    }

    /** Polls in a thread of its own and commits as it was told. */
    private static final class Reader implements Ready, Runnable {
        private final Consumer<byte[], byte[]> consumer;
        private final JsonNode options;
        private final Thread thread = Bed.daemon(this);
        private final Map<TopicPartition, Long> next = new TreeMap<>(
            (a, b) -> a.toString().compareTo(b.toString()));
        private long records;
        private long commits;
        private List<TopicPartition> assigned = List.of();
        private Exception failure;
        private volatile boolean stopping;
        private volatile boolean commitAtEnd;

        Reader(Consumer<byte[], byte[]> consumer, JsonNode options) {
            this.consumer = consumer;
            this.options = options;
            if (options.path("assign").isArray()) {
                consumer.assign(Site.partitions(options.get("assign")));
            } else {
                consumer.subscribe(Site.strings(options.get("topics")));
            }
            thread.start();
        }

        @Override
        public void run() {
            try {
                while (!stopping) {
                    turn();
                }
                if (commitAtEnd) {
                    consumer.commitSync();
                }
            } catch (Exception error) {
                synchronized (this) {
                    failure = error;
                }
            } finally {
                consumer.close(Duration.ofSeconds(stopping ? 10 : 1));
            }
        }

        private void turn() {
            boolean reading = options.path("read").asBoolean(true);
            if (!reading) {
                consumer.pause(consumer.assignment());
            }
            var batch = consumer.poll(TICK);
            synchronized (this) {
                assigned = List.copyOf(consumer.assignment());
                for (ConsumerRecord<byte[], byte[]> record : batch) {
                    next.put(new TopicPartition(record.topic(),
                        record.partition()), record.offset() + 1);
                    records++;
                }
            }
            if (options.path("commit").asBoolean(true) && !batch.isEmpty()) {
                consumer.commitSync();
                synchronized (this) {
                    commits++;
                }
            }
        }

        @Override
        public synchronized boolean isReady() throws Exception {
            if (failure != null) {
                throw failure;
            }
            return !assigned.isEmpty();
        }

        @Override
        public synchronized Object status() throws Exception {
            if (failure != null) {
                throw failure;
            }
            ObjectNode result = Bed.JSON.createObjectNode();
            result.put("records", records);
            result.put("commits", commits);
            ArrayNode rows = result.putArray("partitions");
            assigned.forEach(each ->
                rows.addArray().add(each.topic()).add(each.partition()));
            ArrayNode positions = result.putArray("next");
            next.forEach((where, offset) -> positions.addArray()
                .add(where.topic()).add(where.partition()).add(offset));
            return result;
        }

        @Override
        public Object stop(JsonNode arguments) throws Exception {
            commitAtEnd = arguments.path("commit").asBoolean();
            stopping = true;
            if (!arguments.path("abandon").asBoolean()) {
                thread.join();
                return status();
            }
            return null;
        }
    }

    private static Object startStreams(Site site, JsonNode arguments)
        throws Exception {
        StreamsBuilder builder = new StreamsBuilder();
        long[] records = {0};
        builder.<byte[], byte[]>stream(
            Site.strings(arguments.get("topics"))).foreach((key, value) -> {
                synchronized (records) {
                    records[0]++;
                }
            });
        Properties config = new Properties();
        config.putAll(site.config(arguments));
        config.put("application.id", arguments.get("group").asText());
        config.put("default.key.serde", Serdes.ByteArraySerde.class);
        config.put("default.value.serde", Serdes.ByteArraySerde.class);
        config.put("state.dir", arguments.get("state_dir").asText());
        config.put("commit.interval.ms", 100);
        // 3.9 would stay a member until its session ends
        config.put("main.consumer.internal.leave.group.on.close", true);
        config.put("auto.offset.reset", "earliest");
        if (arguments.path("protocol").asText().equals("streams")) {
            config.put("group.protocol", "streams");
        }
        KafkaStreams streams = new KafkaStreams(builder.build(), config);
        streams.start();
        return started(site, arguments, new Ready() {
            @Override
            public boolean isReady() {
                if (streams.state().hasCompletedShutdown()
                    || streams.state() == KafkaStreams.State.PENDING_ERROR) {
                    throw new IllegalStateException("the Streams program "
                        + "ended: " + streams.state());
                }
                return streams.state() == KafkaStreams.State.RUNNING
                    && streams.metadataForLocalThreads().stream().anyMatch(
                        each -> !each.activeTasks().isEmpty());
            }

            @Override
            public Object status() {
                synchronized (records) {
                    return Bed.JSON.createObjectNode()
                        .put("records", records[0])
                        .put("state", streams.state().toString());
                }
            }

            @Override
            public Object stop(JsonNode how) {
                streams.close(new KafkaStreams.CloseOptions()
                    .leaveGroup(true).timeout(Duration.ofSeconds(
                        how.path("abandon").asBoolean() ? 0 : 20)));
                return status();
            }
        });
    }

    /** Positions sent within a transaction that stays open until stopped. */
    private static Object openTransaction(Site site, JsonNode arguments)
        throws Exception {
        Map<String, Object> config = site.config(arguments);
        config.put("transactional.id",
            arguments.get("transactional_id").asText());
        config.put("transaction.timeout.ms",
            arguments.path("timeout_ms").asInt(600_000));
        KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config,
            new ByteArraySerializer(), new ByteArraySerializer());
        try {
            producer.initTransactions();
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(
                Site.positions(arguments.get("positions")),
                new ConsumerGroupMetadata(arguments.get("group").asText()));
        } catch (Exception error) {
            producer.close(Duration.ZERO);
            throw error;
        }
        return site.add(new Site.Running() {
            @Override
            public Object status() {
                return null;
            }

            @Override
            public Object stop(JsonNode how) throws Exception {
                if (!how.path("abandon").asBoolean()) {
                    if (how.path("commit").asBoolean()) {
                        producer.commitTransaction();
                    } else {
                        producer.abortTransaction();
                    }
                    awaitOutcome(site, arguments);
                }
                producer.close(how.path("abandon").asBoolean()
                    ? Duration.ZERO : Duration.ofSeconds(10));
                return null;
            }
        });
    }

    /**
     * The coordinator learns of a transaction's end a little later. Until
     * then the admin client leaves such positions out of its answer.
     */
    private static void awaitOutcome(Site site, JsonNode arguments)
        throws Exception {
        String group = arguments.get("group").asText();
        var wanted = Site.positions(arguments.get("positions")).keySet();
        var spec = new ListConsumerGroupOffsetsSpec().topicPartitions(wanted);
        await("the end of the transaction", () -> site.admin()
            .listConsumerGroupOffsets(Map.of(group, spec),
                new ListConsumerGroupOffsetsOptions().requireStable(true))
            .partitionsToOffsetAndMetadata(group).get().keySet()
            .containsAll(wanted));
    }

    private static ObjectNode json(ConsumerRecord<byte[], byte[]> record) {
        return Bed.JSON.createObjectNode()
            .put("topic", record.topic()).put("partition", record.partition())
            .put("offset", record.offset()).put("time", record.timestamp())
            .put("epoch", record.leaderEpoch().orElse(-1))
            .put("value", record.value() == null ? null
                : new String(record.value(), StandardCharsets.UTF_8));
    }

    /**
     * Where a real consumer of a group begins: for each partition that it is
     * given its position, and the first record if there is one. Commits
     * nothing.
     */
    private static Object firstRecords(Site site, JsonNode arguments)
        throws Exception {
        Map<TopicPartition, ObjectNode> found = new TreeMap<>(
            (a, b) -> a.toString().compareTo(b.toString()));
        try (KafkaConsumer<byte[], byte[]> consumer =
            consumer(site, arguments)) {
            consumer.subscribe(Site.strings(arguments.get("topics")));
            int expected = Site.strings(arguments.get("topics")).stream()
                .mapToInt(each -> consumer.partitionsFor(each).size()).sum();
            await("first records for " + arguments, () -> {
                for (ConsumerRecord<byte[], byte[]> record
                    : consumer.poll(TICK)) {
                    TopicPartition where = new TopicPartition(record.topic(),
                        record.partition());
                    found.computeIfAbsent(where, none -> json(record));
                }
                if (consumer.assignment().size() == expected) {
                    addEmpty(consumer, found);
                }
                return found.size() == expected;
            });
        }
        return Bed.rows(found.values());
    }

    /** Partitions whose position is their end have no first record. */
    private static void addEmpty(KafkaConsumer<byte[], byte[]> consumer,
        Map<TopicPartition, ObjectNode> found) {
        var ends = consumer.endOffsets(consumer.assignment());
        for (TopicPartition each : consumer.assignment()) {
            if (!found.containsKey(each)
                && consumer.position(each) >= ends.get(each)) {
                found.put(each, Bed.JSON.createObjectNode()
                    .put("topic", each.topic())
                    .put("partition", each.partition())
                    .put("offset", consumer.position(each)));
            }
        }
    }

    /** The record at an offset, or the next one; null at the end. */
    private static Object record(Site site, JsonNode arguments)
        throws Exception {
        TopicPartition where = new TopicPartition(
            arguments.get("topic").asText(),
            arguments.get("partition").asInt());
        ObjectNode alone = arguments.deepCopy();
        alone.remove("group");
        ObjectNode[] found = {null};
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(site, alone)) {
            consumer.assign(List.of(where));
            consumer.seek(where, arguments.get("offset").asLong());
            await("a record", () -> {
                for (ConsumerRecord<byte[], byte[]> record
                    : consumer.poll(TICK)) {
                    found[0] = json(record);
                    return true;
                }
                return consumer.position(where)
                    >= consumer.endOffsets(List.of(where)).get(where);
            });
        }
        return found[0];
    }
}
