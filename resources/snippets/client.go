// go run client.go               (from this folder)
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"os"
)

func main() {
	pem, err := os.ReadFile("$trust")
	if err != nil {
		log.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(pem)
	config := &tls.Config{RootCAs: trusted, ServerName: "$host"}
@client	own, err := tls.LoadX509KeyPair("$client_chain", "$client_key")
@client	if err != nil {
@client		log.Fatal(err)
@client	}
@client	config.Certificates = []tls.Certificate{own}
	connection, err := tls.Dial("tcp", "$address_url:$port", config)
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	fmt.Println(tls.VersionName(connection.ConnectionState().Version))
	fmt.Fprint(connection, "GET / HTTP/1.0\r\nHost: $host\r\n\r\n")
	io.Copy(os.Stdout, connection)
}
