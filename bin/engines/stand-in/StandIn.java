import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * What answers as MongoDB in the tests where there is no mongod: {@code StandIn PORT [FILE]}. Port 0 is any free one.
 * Without a file it forgets everything when it ends; with one it keeps what it had when it was ended by SIGTERM (killed
 * any harder, it loses up to the last second). {@code -DwireVersion=7} makes it claim to be older than drivers accept.
 */
public class StandIn {
    /** What it says it is. mongo-java-server's own versions end at wire version 9. */
    record Version(int wire) implements MongoVersion {
        public int getWireVersion() { return wire; }

        public List<Integer> getVersionArray() { return wire < 13 ? List.of(4, 0, 0) : List.of(5, 0, 0); }
    }

    public static void main(String[] args) {
        try {
            MongoBackend backend = args.length > 1 ? new H2Backend(args[1]) : new MemoryBackend();
            MongoServer server = new MongoServer(backend.version(new Version(Integer.getInteger("wireVersion", 13))));
            // Closes the backend too, which writes the file.
            Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
            server.bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])));
            System.out.println("listening on 127.0.0.1:" + server.getLocalAddress().getPort());
        } catch (Exception e) {
            System.err.println("the stand-in for MongoDB could not start: " + e);
            System.exit(1);
        }
    }
}
