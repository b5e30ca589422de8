import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * A long-lived driver of Kafka's Java clients.
 *
 * <p>Each line of standard input is a command, a JSON object: an id, the
 * command's name ("do"), the cluster's address ("bootstrap") and arguments.
 * Each line of standard output answers one, in any order: the id, and a result
 * or an error. Commands run at the same time. The program ends with its input.
 */
public final class Bed {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final int PATIENT = 60_000;
    private static final int IMPATIENT = 4_000;

    /** What runs under one command's name. */
    interface Command {
        Object run(Site site, JsonNode arguments) throws Exception;
    }

    private static final Map<String, Command> COMMANDS = new TreeMap<>();
    private static final Map<String, Site> SITES = new ConcurrentHashMap<>();
    private static final PrintStream ANSWERS =
        new PrintStream(System.out, false, StandardCharsets.UTF_8);

    private Bed() {
    }

    public static void main(String[] arguments) throws Exception {
        System.setOut(System.err); // a library's chatter is no answer
        TopicCommands.register(COMMANDS);
        GroupCommands.register(COMMANDS);
        Clients.register(COMMANDS);
        COMMANDS.put("forget", (site, none) -> {
            SITES.remove(site.bootstrap);
            site.close();
            return null;
        });
        COMMANDS.put("run_main", Bed::runMain);
        ExecutorService workers = Executors.newCachedThreadPool(Bed::daemon);
        BufferedReader input = new BufferedReader(
            new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = input.readLine()) != null;) {
            JsonNode request = JSON.readTree(line);
            workers.execute(() -> answer(request));
        }
        if (arguments.length > 0 && arguments[0].equals("--clean-exit")) {
            return; // lets the JVM write its archive of classes
        }
        Runtime.getRuntime().halt(0);
    }

    /** Run another program in this JVM, to have its classes archived. */
    private static Object runMain(Site site, JsonNode arguments)
        throws Exception {
        String[] line =
            Site.strings(arguments.get("arguments")).toArray(new String[0]);
        Class.forName(arguments.get("class").asText())
            .getMethod("main", String[].class).invoke(null, (Object) line);
        return null;
    }

    static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "bed");
        thread.setDaemon(true);
        return thread;
    }

    private static void answer(JsonNode request) {
        ObjectNode answer = JSON.createObjectNode();
        answer.set("id", request.get("id"));
        try {
            Command command = COMMANDS.get(request.path("do").asText());
            if (command == null) {
                throw new IllegalArgumentException("no such command: " + request);
            }
            answer.set("result", JSON.valueToTree(run(command, request)));
        } catch (Throwable thrown) {
            Throwable cause = cause(thrown);
            answer.putObject("error")
                .put("type", cause.getClass().getSimpleName())
                .put("message", String.valueOf(cause.getMessage()));
        }
        synchronized (ANSWERS) {
            ANSWERS.print(answer + "\n");
            ANSWERS.flush();
        }
    }

    /**
     * With "fresh" by clients of its own, and by new ones when those time
     * out: a client can wait for ever for a coordinator that was frozen.
     */
    private static Object run(Command command, JsonNode request)
        throws Exception {
        String bootstrap = request.path("bootstrap").asText();
        if (!request.path("fresh").asBoolean()) {
            return command.run(SITES.computeIfAbsent(bootstrap,
                address -> new Site(address, PATIENT)), request);
        }
        long end = System.currentTimeMillis() + PATIENT;
        while (true) {
            Site site = new Site(bootstrap, IMPATIENT);
            try {
                return command.run(site, request);
            } catch (ExecutionException error) {
                if (!(cause(error) instanceof TimeoutException)
                    || System.currentTimeMillis() > end) {
                    throw error;
                }
            } finally {
                site.close();
            }
        }
    }

    /** What went wrong, without the wrapping of futures. */
    static Throwable cause(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null && (cause instanceof ExecutionException
            || cause instanceof CompletionException)) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** A list of rows as JSON. */
    static ArrayNode rows(Collection<? extends JsonNode> rows) {
        ArrayNode list = JSON.createArrayNode();
        list.addAll(rows);
        return list;
    }
}
