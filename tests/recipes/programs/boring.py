"""A client of BoringSSL in the shape of a browser's (curl_cffi), for the recordings: boring.py PORT BROWSER."""

import sys

from curl_cffi import CurlOpt, requests

port, browser = sys.argv[1:]
answer = requests.get(
    f"https://server.test:{port}/",
    impersonate=browser,
    verify=False,
    timeout=5,
    curl_options={CurlOpt.RESOLVE: [f"server.test:{port}:127.0.0.1"]},
)
print(answer.status_code)
