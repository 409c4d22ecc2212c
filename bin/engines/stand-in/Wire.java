import de.bwaldvogel.mongo.bson.MinKey;
import de.bwaldvogel.mongo.wire.MongoWireMessageEncoder;
import de.bwaldvogel.mongo.wire.MongoWireProtocolHandler;
import de.bwaldvogel.mongo.wire.message.ClientRequest;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;

/**
 * Adds BSON's deprecated {@code undefined} to the wire protocol: mongo-java-server reads it as {@code null} and cannot
 * write it, but mongod answers with it, and refuses it in {@code $in}.
 */
final class Wire extends MongoWireProtocolHandler {
    private static final byte UNDEFINED = 6;
    private static final int OP_MSG = 2013;

    private boolean hasUndefinedInIn;
    private boolean isGreeted;

    /** Whether the last request has {@code undefined} in a {@code $in} or {@code $nin}. */
    boolean hasUndefinedInIn() { return hasUndefinedInIn; }

    @Override
    protected ClientRequest decode(ChannelHandlerContext ctx, ByteBuf in) throws Exception {
        int start = in.readerIndex();
        // On the handshake of TLS, a mongod without TLS closes the connection.
        if (!isGreeted && in.readableBytes() > 3 && in.getByte(start) == 22 && in.getByte(start + 1) == 3
                && in.getByte(start + 2) > 0) {
            in.skipBytes(in.readableBytes());
            ctx.close();
            return null;
        }
        ClientRequest request = super.decode(ctx, in);
        if (request != null) {
            isGreeted = true;
            hasUndefinedInIn = in.getIntLE(start + 12) == OP_MSG && inSections(in, start + 20, in.readerIndex());
        }
        return request;
    }

    private static boolean inSections(ByteBuf in, int at, int end) {
        while (at < end) {
            byte kind = in.getByte(at++);
            if (kind == 0) {
                if (inDocument(in, at, false)) return true;
                at += in.getIntLE(at);
                continue;
            }
            int next = at + in.getIntLE(at);
            at = endOfText(in, at + 4);
            while (at < next) {
                if (inDocument(in, at, false)) return true;
                at += in.getIntLE(at);
            }
        }
        return false;
    }

    /** Whether a document or array contains it; {@code isIn} says that this is itself the value of a {@code $in}. */
    private static boolean inDocument(ByteBuf in, int start, boolean isIn) {
        int at = start + 4;
        for (byte type; (type = in.getByte(at)) != 0; ) {
            int name = at + 1;
            int value = endOfText(in, name);
            if (isIn && type == UNDEFINED) return true;
            if (type == 3 || type == 4) {
                String key = in.toString(name, value - 1 - name, java.nio.charset.StandardCharsets.UTF_8);
                if (inDocument(in, value, key.equals("$in") || key.equals("$nin"))) return true;
            }
            at = value + length(in, type, value);
        }
        return false;
    }

    private static int endOfText(ByteBuf in, int at) {
        while (in.getByte(at) != 0) at++;
        return at + 1;
    }

    private static int length(ByteBuf in, byte type, int at) {
        return switch (type) {
            case 2, 13, 14 -> 4 + in.getIntLE(at);
            case 3, 4, 15 -> in.getIntLE(at);
            case 5 -> 5 + in.getIntLE(at);
            case 7 -> 12;
            case 8 -> 1;
            case 1, 9, 17, 18 -> 8;
            case 11 -> endOfText(in, endOfText(in, at)) - at;
            case 12 -> 4 + in.getIntLE(at) + 12;
            case 16 -> 4;
            case 19 -> 16;
            default -> 0;
        };
    }

    /** Replaces {@link MinKey} in the {@code values} of an answer by {@code undefined}, which has the same length. */
    static final class Encoder extends MongoWireMessageEncoder {
        @Override
        protected void encode(ChannelHandlerContext ctx, MongoMessage message, ByteBuf out) {
            int start = out.writerIndex();
            super.encode(ctx, message, out);
            if (!message.getDocument().containsKey("values")) return;
            int at = start + 21 + 4;
            for (byte type; (type = out.getByte(at)) != 0; ) {
                int value = endOfText(out, at + 1);
                if (type == 4) replace(out, value);
                at = value + length(out, type, value);
            }
        }

        private static void replace(ByteBuf out, int array) {
            int at = array + 4;
            for (byte type; (type = out.getByte(at)) != 0; ) {
                if (type == -1) out.setByte(at, UNDEFINED);
                int value = endOfText(out, at + 1);
                at = value + length(out, type, value);
            }
        }
    }
}
