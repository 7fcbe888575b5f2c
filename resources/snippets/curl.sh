#!/bin/sh
# sh curl.sh                      (from this folder)
exec curl --silent --show-error --cacert $trust$curl_client \
    --resolve $host_url:$port:$address https://$host_url:$port/
