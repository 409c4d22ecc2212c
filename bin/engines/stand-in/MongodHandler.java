import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import de.bwaldvogel.mongo.exception.MongoServerException;
import de.bwaldvogel.mongo.wire.message.MessageHeader;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import de.bwaldvogel.mongo.wire.message.MongoReply;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Answers on one connection as mongod does where mongo-java-server, which comes after it in the pipeline, does not. */
final class MongodHandler extends ChannelDuplexHandler {
    private static final Set<String> READS = Set.of("find", "count", "aggregate", "distinct");
    private static final Set<String> WRITES =
        Set.of("insert", "update", "delete", "findAndModify", "createIndexes", "dropIndexes", "drop", "dropDatabase");
    /** How long a write waits for a majority that does not confirm. Far less than any wtimeout, so that tests are quick. */
    private static final long MAJORITY_WAIT_MS = 100;

    private final Mongod mongod;
    private final Wire wire;
    private Scram scram;
    /** Goes into the next answer, unless it is null. */
    private Document writeConcernError;

    MongodHandler(Mongod mongod, Wire wire) {
        this.mongod = mongod;
        this.wire = wire;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object request) throws Exception {
        if (!(request instanceof MongoMessage message)) {
            super.channelRead(ctx, request);
            return;
        }
        Document command = message.getDocument();
        String name = command.keySet().iterator().next();
        boolean isRefused = wire.hasUndefinedInIn();
        String namespace = command.get("$db") + "." + command.get(name);
        FailPoints.Hit hit = name.equals("configureFailPoint") ? null : mongod.failPoints.hit(name, namespace);
        if (hit == null) {
            handle(ctx, message, name, isRefused);
        } else if (hit.closes()) {
            ctx.close();
        } else {
            ctx.executor().schedule(() -> {
                if (hit.error() != null) {
                    answer(ctx, message, hit.error());
                } else {
                    writeConcernError = hit.writeConcernError();
                    handle(ctx, message, name, isRefused);
                }
            }, hit.waitMs(), TimeUnit.MILLISECONDS);
        }
    }

    private void handle(ChannelHandlerContext ctx, MongoMessage message, String name, boolean isRefused) {
        Document command = message.getDocument();
        String database = message.getDatabaseName();
        boolean isRead = READS.contains(name);
        boolean isWrite = WRITES.contains(name);
        switch (name) {
            case "saslStart", "saslContinue" -> {
                answer(ctx, message, sasl(name, command));
                return;
            }
            case "configureFailPoint" -> {
                configure(command);
                answer(ctx, message, new Document("ok", 1.0));
                return;
            }
            case "replSetStepDown" -> {
                mongod.stepDown(((Number) command.get(name)).longValue(), ctx.channel());
                answer(ctx, message, new Document("ok", 1.0));
                return;
            }
            default -> { }
        }
        boolean isOpen = !isRead && !isWrite && !name.startsWith("list") && !name.equals("getMore");
        if (mongod.login != null && !isOpen && (scram == null || !scram.isRight())) {
            answer(ctx, message, FailPoints.error(13, "Command " + name + " requires authentication"));
        } else if (mongod.isSecondary() && (isRead || isWrite)) {
            answer(ctx, message, FailPoints.error(isWrite ? 10107 : 13435, "not primary"));
        } else if (isRefused) {
            answer(ctx, message, refuse(name));
        } else if (name.equals("distinct") && distinct(ctx, message)) {
            return;
        } else if (isRead && mongod.majority != null && asksMajority(command)) {
            answer(ctx, message, answerOfMajority(message));
        } else if (isWrite && mongod.majority != null) {
            boolean hasLimit = command.get("writeConcern") instanceof Document concern && concern.containsKey("wtimeout");
            if (hasLimit) writeConcernError = FailPoints.error(64, "waiting for replication timed out");
            // Without a wtimeout the write waits until the majority is released.
            ctx.executor().schedule(
                () -> { if (hasLimit) forward(ctx, message, name); else handle(ctx, message, name, isRefused); },
                MAJORITY_WAIT_MS, TimeUnit.MILLISECONDS);
        } else {
            if (name.equals("createIndexes")) {
                for (Object index : (List<?>) command.get("indexes")) {
                    mongod.addExpiry(database, (String) command.get(name), (Document) index);
                }
            } else if (name.equals("dropDatabase")) {
                mongod.removeExpiries(database);
            }
            forward(ctx, message, name);
        }
    }

    /**
     * Lets mongo-java-server handle the command. Its answer refers to the stored documents themselves, so nobody may change them
     * until the answer is written, or it would show a later state.
     */
    private void forward(ChannelHandlerContext ctx, MongoMessage message, String name) {
        Object collection = message.getDocument().get(name.equals("getMore") ? "collection" : name);
        synchronized (mongod.locks.computeIfAbsent(message.getDatabaseName() + "." + collection, key -> new Object())) {
            ctx.fireChannelRead(message);
        }
    }

    private static boolean asksMajority(Document command) {
        return command.get("readConcern") instanceof Document concern && "majority".equals(concern.get("level"));
    }

    private void configure(Document command) {
        Object mode = command.get("mode");
        if ("holdMajority".equals(command.get("configureFailPoint"))) {
            mongod.holdMajority(!"off".equals(mode));
        } else {
            mongod.failPoints.configure(mode, (Document) command.get("data"));
        }
    }

    private Document sasl(String name, Document command) {
        try {
            if (name.equals("saslStart")) scram = new Scram(mongod.login);
            return name.equals("saslStart") ? scram.start(command) : scram.go(command);
        } catch (GeneralSecurityException | RuntimeException e) {
            return FailPoints.error(18, "Authentication failed.");
        }
    }

    /** Refuses a filter as mongod does: in an update or a deletion, the error belongs to one of its statements. */
    private static Document refuse(String name) {
        String words = "InMatchExpression equality cannot be undefined";
        if (!name.equals("update") && !name.equals("delete")) {
            return FailPoints.error(2, words).append("codeName", "BadValue");
        }
        Document error = new Document("index", 0).append("code", 2).append("errmsg", words);
        return new Document("ok", 1.0).append("n", 0).append("writeErrors", List.of(error));
    }

    private boolean distinct(ChannelHandlerContext ctx, MongoMessage message) {
        Document answer = mongod.distinct(message.getDatabaseName(), message.getDocument());
        if (answer != null) answer(ctx, message, answer);
        return answer != null;
    }

    private Document answerOfMajority(MongoMessage message) {
        try {
            return mongod.majority.handleMessage(message);
        } catch (MongoServerError e) {
            return FailPoints.error(e.getCode(), e.getMessageWithoutErrorCode());
        } catch (MongoServerException e) {
            return FailPoints.error(8, e.getMessageWithoutErrorCode());
        }
    }

    private static void answer(ChannelHandlerContext ctx, MongoMessage request, Document answer) {
        int id = request.getHeader().getRequestID();
        ctx.channel().writeAndFlush(new MongoMessage(ctx.channel(), new MessageHeader(id, id), answer));
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object answer, ChannelPromise promise) throws Exception {
        if (answer instanceof MongoMessage message) {
            if (writeConcernError != null) message.getDocument().put("writeConcernError", writeConcernError);
            writeConcernError = null;
            describeServer(message.getDocument());
        } else if (answer instanceof MongoReply reply) {
            reply.getDocuments().forEach(this::describeServer);
        }
        super.write(ctx, answer, promise);
    }

    /** Adds what mongod says about itself, if this is the answer to a hello. */
    private void describeServer(Document answer) {
        if (!answer.containsKey("ismaster")) return;
        answer.put("saslSupportedMechs", List.of("SCRAM-SHA-256"));
        if (mongod.replicaSet == null) return;
        String me = "127.0.0.1:" + mongod.port;
        answer.append("setName", mongod.replicaSet).append("setVersion", 1).append("hosts", List.of(me)).append("me", me);
        answer.append("ismaster", !mongod.isSecondary()).append("secondary", mongod.isSecondary());
        if (!mongod.isSecondary()) answer.append("primary", me);
    }
}
