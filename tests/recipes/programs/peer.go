// A TLS client or server of Go's crypto/tls, for the recordings: go build peer.go
//
//	peer server PORT CERT KEY [OPTION=VALUE]...
//	peer client PORT CA [OPTION=VALUE]...
//
// Options: ca (ask for client certificates), cert, key, min, max, alpn, groups (numbers), ech (file of both halves),
// count (connections, one after the other), say. Keys are logged to $SSLKEYLOGFILE.
package main

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func pool(file string) *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(must(os.ReadFile(file)))
	return roots
}

// A key and an ECHConfig for it (RFC 9849 section 4): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM.
func newECH(name string) (*ecdh.PrivateKey, []byte) {
	key := must(ecdh.X25519().GenerateKey(rand.Reader))
	public := key.PublicKey().Bytes()
	contents := append([]byte{7, 0, 0x20, 0, byte(len(public))}, public...)
	contents = append(contents, 0, 4, 0, 1, 0, 1, 32, byte(len(name)))
	contents = append(append(contents, name...), 0, 0)
	return key, append([]byte{0xfe, 0x0d, 0, byte(len(contents))}, contents...)
}

func writeECH(file, name string) {
	key, config := newECH(name)
	list := append([]byte{0, byte(len(config))}, config...)
	out := must(os.Create(file))
	defer out.Close()
	pkcs8 := must(x509.MarshalPKCS8PrivateKey(key))
	pem.Encode(out, &pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	pem.Encode(out, &pem.Block{Type: "ECHCONFIG", Bytes: list})
}

func readECH(file string) (key, list []byte) {
	rest := must(os.ReadFile(file))
	private, rest := pem.Decode(rest)
	config, _ := pem.Decode(rest)
	parsed := must(x509.ParsePKCS8PrivateKey(private.Bytes))
	return parsed.(*ecdh.PrivateKey).Bytes(), config.Bytes
}

func main() {
	if os.Args[1] == "ech" {
		writeECH(os.Args[2], os.Args[3])
		return
	}
	role, port := os.Args[1], os.Args[2]
	options := map[string]string{"count": "1", "say": "hello\n"}
	config := &tls.Config{ServerName: "server.test"}
	if file := os.Getenv("SSLKEYLOGFILE"); file != "" {
		config.KeyLogWriter = must(os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600))
	}
	fixed := 4
	if role == "server" {
		fixed = 5
		config.Certificates = []tls.Certificate{must(tls.LoadX509KeyPair(os.Args[3], os.Args[4]))}
	} else {
		config.RootCAs = pool(os.Args[3])
		config.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	}
	for _, option := range os.Args[fixed:] {
		name, value, _ := strings.Cut(option, "=")
		options[name] = value
	}
	if file := options["cert"]; file != "" {
		config.Certificates = []tls.Certificate{must(tls.LoadX509KeyPair(file, options["key"]))}
	}
	if file := options["ca"]; file != "" {
		config.ClientCAs, config.ClientAuth = pool(file), tls.RequireAndVerifyClientCert
	}
	if alpn := options["alpn"]; alpn != "" {
		config.NextProtos = strings.Split(alpn, ",")
	}
	versions := map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}
	config.MinVersion, config.MaxVersion = versions[options["min"]], versions[options["max"]]
	for _, group := range strings.FieldsFunc(options["groups"], func(r rune) bool { return r == ',' }) {
		config.CurvePreferences = append(config.CurvePreferences, tls.CurveID(must(strconv.Atoi(group))))
	}
	if file := options["ech"]; file != "" {
		key, list := readECH(file)
		if role == "client" {
			config.EncryptedClientHelloConfigList = list
		} else {
			config.EncryptedClientHelloKeys = []tls.EncryptedClientHelloKey{{Config: list[2:], PrivateKey: key, SendAsRetry: true}}
		}
	}
	count := must(strconv.Atoi(options["count"]))
	if role == "server" {
		listener := must(net.Listen("tcp", "127.0.0.1:"+port))
		for {
			go echo(tls.Server(must(listener.Accept()), config))
		}
	}
	for i := 0; i < count; i++ {
		connection, err := tls.Dial("tcp", "127.0.0.1:"+port, config)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		connection.Write([]byte(options["say"]))
		answer := make([]byte, len(options["say"]))
		io.ReadFull(connection, answer)
		connection.Close()
	}
}

func echo(connection *tls.Conn) {
	io.Copy(connection, connection)
	connection.Close()
}
