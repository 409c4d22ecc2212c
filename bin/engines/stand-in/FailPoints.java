import de.bwaldvogel.mongo.bson.Document;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The fail point {@code failCommand} of mongod, as far as tests need it. It is set by {@code configureFailPoint}. */
final class FailPoints {
    /** What happens to a command: its connection is closed, or it waits and is then refused, or done but not confirmed. */
    record Hit(boolean closes, long waitMs, Document error, Document writeConcernError) {}

    private static final Map<Integer, String> NAMES = Map.ofEntries(
        Map.entry(13, "Unauthorized"), Map.entry(43, "CursorNotFound"), Map.entry(64, "WriteConcernTimeout"),
        Map.entry(112, "WriteConflict"), Map.entry(276, "IndexBuildAborted"), Map.entry(10107, "NotWritablePrimary"),
        Map.entry(11601, "Interrupted"), Map.entry(11602, "InterruptedDueToReplStateChange"),
        Map.entry(12587, "BackgroundOperationInProgressForNamespace"), Map.entry(14031, "OutOfDiskSpace"));

    private Document data;
    private int skip;
    private int times;

    synchronized void configure(Object mode, Document data) {
        this.data = "off".equals(mode) ? null : data;
        this.skip = 0;
        this.times = Integer.MAX_VALUE;
        if (mode instanceof Document counts) {
            if (counts.get("times") instanceof Number n) times = n.intValue();
            if (counts.get("skip") instanceof Number n) skip = n.intValue();
        }
    }

    synchronized Hit hit(String command, String namespace) {
        if (data == null || times == 0) return null;
        if (!(data.get("failCommands") instanceof Collection<?> commands) || !commands.contains(command)) return null;
        if (data.get("namespace") instanceof String of && !of.equals(namespace)) return null;
        if (skip > 0) {
            skip--;
            return null;
        }
        if (times != Integer.MAX_VALUE) times--;
        boolean blocks = Boolean.TRUE.equals(data.get("blockConnection"));
        long waitMs = blocks && data.get("blockTimeMS") instanceof Number n ? n.longValue() : 0;
        Document error = data.get("errorCode") instanceof Number code ? error(code.intValue(), "failCommand") : null;
        if (error != null && data.get("errorLabels") instanceof List<?> labels) error.put("errorLabels", labels);
        Document concern = data.get("writeConcernError") instanceof Document given ? given : null;
        return new Hit(Boolean.TRUE.equals(data.get("closeConnection")), waitMs, error, concern);
    }

    /** The answer to a command that failed. */
    static Document error(int code, String words) {
        return new Document("ok", 0.0).append("errmsg", words).append("code", code)
            .append("codeName", NAMES.getOrDefault(code, "Location" + code));
    }
}
