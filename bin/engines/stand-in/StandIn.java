import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.wire.MongoDatabaseHandler;
import de.bwaldvogel.mongo.wire.MongoExceptionHandler;
import de.bwaldvogel.mongo.wire.MongoWireReplyEncoder;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Stands in for MongoDB in tests where there is no mongod: {@code StandIn PORT [FILE]}. With port 0 it takes any free port.
 * Without a file its data is gone when it ends. With a file it keeps everything if it is ended by SIGTERM, and loses up to
 * the last second if it is killed.
 *
 * <p>It is mongo-java-server behind {@link MongodHandler}, which answers as mongod does where that does not. System properties:
 * {@code wireVersion=7} makes it claim to be older than drivers accept, {@code login=NAME:PASSWORD} makes it ask for that
 * login, and {@code replicaSet=NAME} makes it the only member of that set.
 */
public class StandIn {
    /** The version that it claims to be. Those of mongo-java-server end at wire version 9. */
    record Version(int wire) implements MongoVersion {
        public int getWireVersion() { return wire; }

        public List<Integer> getVersionArray() { return wire < 13 ? List.of(4, 0, 0) : List.of(5, 0, 0); }
    }

    public static void main(String[] args) {
        try {
            MongoBackend backend = args.length > 1 ? new H2Backend(args[1]) : new MemoryBackend();
            backend.version(new Version(Integer.getInteger("wireVersion", 13)));
            Mongod mongod = new Mongod(backend, System.getProperty("login"), System.getProperty("replicaSet"));
            var loops = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
            Channel listener = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 100)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        Wire wire = new Wire();
                        channel.pipeline().addLast(
                            new MongoWireReplyEncoder(), new Wire.Encoder(), wire, new MongodHandler(mongod, wire),
                            new MongoDatabaseHandler(backend, mongod.channels), new MongoExceptionHandler());
                    }
                })
                .bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])))
                .syncUninterruptibly()
                .channel();
            // Closing the backend writes the file.
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                listener.close().syncUninterruptibly();
                mongod.channels.close().syncUninterruptibly();
                loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
                mongod.stop();
                backend.close();
            }));
            mongod.port = ((InetSocketAddress) listener.localAddress()).getPort();
            System.out.println("listening on 127.0.0.1:" + mongod.port);
        } catch (Exception e) {
            System.err.println("the stand-in for MongoDB could not start: " + e);
            System.exit(1);
        }
    }
}
