// A TLS client of Java's own (JSSE), for the recordings: java Peer.java PORT COUNT PROTOCOL...
// It trusts everybody and sends one line, COUNT times one after the other, resuming what it can.

import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

public class Peer {
    static final TrustManager ANYBODY = new X509TrustManager() {
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    };

    public static void main(String[] arguments) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {ANYBODY}, new SecureRandom());
        String[] protocols = Arrays.copyOfRange(arguments, 2, arguments.length);
        for (int count = Integer.parseInt(arguments[1]); count > 0; count--) {
            int port = Integer.parseInt(arguments[0]);
            try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
                SSLParameters parameters = socket.getSSLParameters();
                if (!Arrays.asList(protocols).contains("SSLv2Hello")) {
                    parameters.setServerNames(List.of(new SNIHostName("server.test")));
                }
                socket.setSSLParameters(parameters);
                socket.setEnabledProtocols(protocols);
                socket.getOutputStream().write("hello\n".getBytes());
                for (int read = 0; read >= 0 && read != '\n'; read = socket.getInputStream().read()) {}
            }
        }
    }
}
