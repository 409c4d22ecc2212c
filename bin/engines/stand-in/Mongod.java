import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.bson.MinKey;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** What all connections of the stand-in share: its data, its role in the replica set, and the expiry of documents. */
final class Mongod {
    /** An index that makes documents expire some seconds after the date in its field. */
    record Expiry(String database, String collection, String field, long seconds) {}

    /** mongod removes expired documents only once a minute. */
    private static final long SWEEP_SECONDS = 2;

    final MongoBackend backend;
    final String login;
    final String replicaSet;
    final FailPoints failPoints = new FailPoints();
    final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    /** One lock for each collection, which is held from a command until its answer is written. */
    final Map<String, Object> locks = new ConcurrentHashMap<>();
    /** The data that a majority of the replica set has while it lags behind; otherwise null. */
    volatile MongoBackend majority;
    volatile int port;
    private volatile long secondaryUntil;
    private final Set<Expiry> expiries = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService sweeper = Executors.newSingleThreadScheduledExecutor();
    private final Channel noChannel = new EmbeddedChannel();

    Mongod(MongoBackend backend, String login, String replicaSet) {
        this.backend = backend;
        this.login = login;
        this.replicaSet = replicaSet;
        for (String database : databases()) {
            for (String collection : collections(backend, database)) {
                for (Document index : indexes(database, collection)) addExpiry(database, collection, index);
            }
        }
        sweeper.scheduleWithFixedDelay(this::sweep, SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
    }

    void stop() { sweeper.shutdownNow(); }

    // --- expiry

    void addExpiry(String database, String collection, Document index) {
        if (index.get("expireAfterSeconds") instanceof Number seconds) {
            String field = ((Document) index.get("key")).keySet().iterator().next();
            expiries.add(new Expiry(database, collection, field, seconds.longValue()));
        }
    }

    void removeExpiries(String database) { expiries.removeIf(expiry -> expiry.database.equals(database)); }

    private void sweep() {
        for (Expiry expiry : expiries) {
            Document old = new Document(expiry.field, new Document("$lt", Instant.now().minusSeconds(expiry.seconds)));
            Document delete = new Document("q", old).append("limit", 0);
            Document command = new Document("delete", expiry.collection).append("deletes", List.of(delete));
            try {
                run(backend, expiry.database, command);
            } catch (RuntimeException e) {
                System.err.println("what has expired stays: " + e);
            }
        }
    }

    // --- elections, and a majority that lags

    boolean isSecondary() { return System.nanoTime() < secondaryUntil; }

    void stepDown(long seconds, Channel keep) {
        secondaryUntil = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        channels.close(channel -> channel != keep);
    }

    /** Freezes the data of the majority, which confirms nothing from now on until {@code holds} is false. */
    void holdMajority(boolean holds) {
        if (!holds) {
            majority = null;
            return;
        }
        MongoBackend frozen = new MemoryBackend();
        for (String database : databases()) {
            for (String collection : collections(backend, database)) {
                List<Document> documents = all(backend, database, collection);
                if (documents.isEmpty()) continue;
                List<Document> copies = documents.stream().map(Document::cloneDeeply).toList();
                run(frozen, database, new Document("insert", collection).append("documents", copies));
            }
        }
        majority = frozen;
    }

    // --- distinct by an index

    /**
     * The answer to a {@code distinct} over all documents that an index can serve, multikey or not: the keys of the index, as
     * mongod's distinct_multikey_dotted_path.js expects them. Null when no index serves it.
     */
    Document distinct(String database, Document command) {
        String collection = (String) command.get("distinct");
        String field = (String) command.get("key");
        if (command.get("query") instanceof Document query && !query.isEmpty()) return null;
        boolean isServed = indexes(database, collection).stream().anyMatch(index ->
            ((Document) index.get("key")).keySet().iterator().next().equals(field)
                && !index.containsKey("partialFilterExpression") && !Boolean.TRUE.equals(index.get("sparse")));
        if (!isServed || field.equals("_id")) return null;
        Set<Object> keys = new LinkedHashSet<>();
        MongoBackend read = majority == null ? backend : majority;
        for (Document document : all(read, database, collection)) keys(document, List.of(field.split("\\.")), keys);
        return new Document("values", new ArrayList<>(keys)).append("ok", 1.0);
    }

    /** Adds the index keys of one document: null for a missing field, MinKey (sent as undefined, see {@link Wire}) for []. */
    private static void keys(Object value, List<String> path, Set<Object> keys) {
        if (value instanceof Collection<?> many) {
            if (many.isEmpty()) keys.add(path.isEmpty() ? MinKey.getInstance() : null);
            for (Object one : many) {
                if (path.isEmpty()) keys.add(one); else keys(one, path, keys);
            }
        } else if (path.isEmpty()) {
            keys.add(value);
        } else if (value instanceof Document document && document.containsKey(path.get(0))) {
            keys(document.get(path.get(0)), path.subList(1, path.size()), keys);
        } else {
            keys.add(null);
        }
    }

    // --- asking mongo-java-server

    private Document run(MongoBackend backend, String database, Document command) {
        return backend.handleCommand(noChannel, database, command.keySet().iterator().next(), command);
    }

    private List<String> databases() {
        Document answer = run(backend, "admin", new Document("listDatabases", 1));
        return documents(answer.get("databases")).stream().map(found -> (String) found.get("name")).toList();
    }

    private List<String> collections(MongoBackend backend, String database) {
        return batch(run(backend, database, new Document("listCollections", 1))).stream()
            .map(found -> (String) found.get("name")).filter(name -> !name.startsWith("system.")).toList();
    }

    private List<Document> indexes(String database, String collection) {
        return batch(run(backend, database, new Document("listIndexes", collection)));
    }

    private List<Document> all(MongoBackend backend, String database, String collection) {
        return batch(run(backend, database, new Document("find", collection).append("batchSize", Integer.MAX_VALUE)));
    }

    private static List<Document> batch(Document answer) {
        return documents(((Map<?, ?>) answer.get("cursor")).get("firstBatch"));
    }

    private static List<Document> documents(Object many) {
        return ((Collection<?>) many).stream().map(Document.class::cast).toList();
    }
}
