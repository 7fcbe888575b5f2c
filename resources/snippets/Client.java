// java Client.java               (from this folder; Java 11 or newer)
import java.io.FileInputStream;
import java.net.Socket;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public class Client {
    static final char[] PASSWORD = "$password".toCharArray();

    static KeyStore load(String file) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream in = new FileInputStream(file)) {
            store.load(in, PASSWORD);
        }
        return store;
    }

    public static void main(String[] arguments) throws Exception {
        TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
        trusted.init(load("$trust_p12"));
        KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
        own.init(null, null);
@client        own.init(load("$client_p12"), PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);

        Socket plain = new Socket("$address", $port);
        try (SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(plain, "$host", $port, true)) {
            SSLParameters parameters = tls.getSSLParameters();
            // Without this line Java checks the chain, but not whose certificate it is.
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            tls.setSSLParameters(parameters);
            tls.getOutputStream().write("GET / HTTP/1.0\r\nHost: $host\r\n\r\n".getBytes("US-ASCII"));
            System.out.println(tls.getSession().getProtocol());
            tls.getInputStream().transferTo(System.out);
        }
        System.out.flush();
    }
}
