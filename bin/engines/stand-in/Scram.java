import de.bwaldvogel.mongo.bson.BinData;
import de.bwaldvogel.mongo.bson.Document;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** The server's side of one SCRAM-SHA-256 conversation (RFC 7677). There is at most one user, in {@code admin}. */
final class Scram {
    private static final int ITERATIONS = 4096;

    private final String login;
    private String authMessage;
    private byte[] salted;
    private boolean isRight;

    /** {@code login} is NAME:PASSWORD, or null when there is no user. */
    Scram(String login) { this.login = login; }

    boolean isRight() { return isRight; }

    Document start(Document command) throws GeneralSecurityException {
        String first = text(command).replaceFirst("^n,,", "");
        String name = first.replaceFirst("^n=([^,]*),.*$", "$1").replace("=2C", ",").replace("=3D", "=");
        boolean isKnown = login != null && login.startsWith(name + ":") && "admin".equals(command.get("$db"));
        if (!isKnown || !"SCRAM-SHA-256".equals(command.get("mechanism"))) return refused();
        byte[] random = new byte[34];
        new SecureRandom().nextBytes(random);
        byte[] salt = new byte[16];
        System.arraycopy(random, 18, salt, 0, 16);
        String nonce = first.replaceFirst("^.*,r=", "") + Base64.getEncoder().encodeToString(random).substring(0, 24);
        String answer = "r=" + nonce + ",s=" + Base64.getEncoder().encodeToString(salt) + ",i=" + ITERATIONS;
        char[] password = login.substring(name.length() + 1).toCharArray();
        salted = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
            .generateSecret(new PBEKeySpec(password, salt, ITERATIONS, 256)).getEncoded();
        authMessage = first + "," + answer + ",";
        return answer(answer, false);
    }

    Document go(Document command) throws GeneralSecurityException {
        if (isRight) return answer("", true);
        String last = text(command);
        int proof = last.indexOf(",p=");
        if (salted == null || proof < 0) return refused();
        authMessage += last.substring(0, proof);
        byte[] key = hmac(salted, "Client Key");
        byte[] signature = hmac(MessageDigest.getInstance("SHA-256").digest(key), authMessage);
        for (int i = 0; i < key.length; i++) key[i] ^= signature[i];
        isRight = MessageDigest.isEqual(key, Base64.getDecoder().decode(last.substring(proof + 3)));
        if (!isRight) return refused();
        byte[] server = hmac(hmac(salted, "Server Key"), authMessage);
        return answer("v=" + Base64.getEncoder().encodeToString(server), true);
    }

    private static String text(Document command) {
        return new String(((BinData) command.get("payload")).getData(), StandardCharsets.UTF_8);
    }

    private static byte[] hmac(byte[] key, String words) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(words.getBytes(StandardCharsets.UTF_8));
    }

    private static Document answer(String words, boolean isDone) {
        BinData payload = new BinData(words.getBytes(StandardCharsets.UTF_8));
        return new Document("conversationId", 1).append("done", isDone).append("payload", payload).append("ok", 1.0);
    }

    private static Document refused() {
        return FailPoints.error(18, "Authentication failed.").append("codeName", "AuthenticationFailed");
    }
}
