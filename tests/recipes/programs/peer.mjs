// A TLS client or server of node's, for the recordings: node peer.mjs client|server PORT JSON
// JSON: options of tls.connect and tls.createServer; those in "files" are read first.

import fs from "node:fs";
import tls from "node:tls";

const [role, port, json] = process.argv.slice(2);
const { files = {}, ...options } = JSON.parse(json);
for (const [name, file] of Object.entries(files)) options[name] = fs.readFileSync(file);
const log = (line) => process.env.SSLKEYLOGFILE && fs.appendFileSync(process.env.SSLKEYLOGFILE, line);

if (role === "server") {
  const server = tls.createServer(options, (socket) => socket.pipe(socket));
  server.on("keylog", log);
  server.on("tlsClientError", (error) => console.error(error.message));
  server.listen(Number(port), "127.0.0.1");
} else {
  const socket = tls.connect({ port: Number(port), host: "127.0.0.1", servername: "server.test", ...options });
  socket.on("keylog", log);
  socket.on("error", (error) => console.error(error.message));
  socket.on("secureConnect", () => socket.write("hello\n"));
  socket.on("data", () => socket.end());
}
