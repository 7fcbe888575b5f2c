// go run server.go               (from this folder)
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	pem, err := os.ReadFile("$trust")
	if err != nil {
		log.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(pem)
	config := &tls.Config{ClientCAs: trusted}
@client	// Whoever has no certificate of this CA is refused.
@client	config.ClientAuth = tls.RequireAndVerifyClientCert
	http.HandleFunc("/", func(response http.ResponseWriter, request *http.Request) {
		who := "whoever you are"
		if certificates := request.TLS.PeerCertificates; len(certificates) > 0 {
			who = certificates[0].Subject.CommonName
		}
		fmt.Fprintf(response, "Go: hello, %s\n", who)
	})
	server := &http.Server{Addr: "$address_url:$port", TLSConfig: config}
	log.Fatal(server.ListenAndServeTLS("$server_chain", "$server_key"))
}
