#!/bin/sh
# sh openssl.sh                   (from this folder): is the server's certificate what it should be, and does it answer?
openssl verify -x509_strict -CAfile $trust -untrusted $server_chain $verify_name $server_certificate
printf 'GET / HTTP/1.0\r\nHost: $host\r\n\r\n' |
openssl s_client -connect $address_url:$port -CAfile $trust$openssl_client \
    $server_name$verify_name -verify_return_error -quiet -ign_eof
