import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;

/**
 * The positions of all groups by Java's admin client, in one call.
 *
 * <p>AllOffsets BOOTSTRAP
 */
public final class AllOffsets {
    private AllOffsets() {
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, Object> config = Map.of("bootstrap.servers", arguments[0],
            "enable.metrics.push", false);
        int positions = 0;
        Map<String, ListConsumerGroupOffsetsSpec> wanted = new HashMap<>();
        try (Admin admin = Admin.create(config)) {
            for (var each : admin.listGroups().all().get()) {
                wanted.put(each.groupId(), new ListConsumerGroupOffsetsSpec());
            }
            // Stable positions, as tidemark asks for them.
            var found = admin.listConsumerGroupOffsets(wanted,
                new ListConsumerGroupOffsetsOptions().requireStable(true));
            for (var each : found.all().get().values()) {
                positions += each.size();
            }
        }
        System.out.println(
            wanted.size() + " groups, " + positions + " positions");
    }
}
