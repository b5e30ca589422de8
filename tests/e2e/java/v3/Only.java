import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;

/** What differs between versions of Kafka, for 3.x. */
final class Only {
    private Only() {
    }

    /** Rows of [group, type, state, protocol type]. */
    static Object groups(Admin admin) throws Exception {
        List<ArrayNode> rows = new ArrayList<>();
        for (var each : admin.listConsumerGroups().all().get()) {
            rows.add(Bed.JSON.createArrayNode().add(each.groupId())
                .add(each.type().map(Object::toString).orElse("Unknown"))
                .add(each.state().map(Object::toString).orElse("Unknown"))
                .add(each.isSimpleConsumerGroup() ? "" : "consumer"));
        }
        return rows;
    }

    static Site.Running share(Site site, JsonNode arguments) {
        throw new UnsupportedOperationException("share groups need Kafka 4");
    }
}
