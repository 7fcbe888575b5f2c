// node server.mjs                (from this folder)
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const options = {
  cert: readFileSync("$server_chain"),
  key: readFileSync("$server_key"),
@client  // Whoever has no certificate of this CA is refused.
@client  ca: readFileSync("$trust"),
@client  requestCert: true,
@client  rejectUnauthorized: true,
};
createServer(options, (request, response) => {
  const who = request.socket.getPeerCertificate().subject?.CN ?? "whoever you are";
  response.end(`Node: hello, $${who}\n`);
}).listen($port, "$address");
