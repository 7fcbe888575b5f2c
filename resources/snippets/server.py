# python3 server.py               (from this folder)
import http.server
import ssl

context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile="$trust")
context.load_cert_chain("$server_chain", "$server_key")
@client# Whoever has no certificate of this CA is refused.
@clientcontext.verify_mode = ssl.CERT_REQUIRED


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        who = dict(pair[0] for pair in (self.connection.getpeercert() or {}).get("subject", ()))
        self.wfile.write(f"Python: hello, {who.get('commonName', 'whoever you are')}\n".encode())


server = http.server.ThreadingHTTPServer(("$address", $port), Hello)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
