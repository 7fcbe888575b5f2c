// node client.mjs                (from this folder)
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { isIP } from "node:net";

const host = "$host";
const options = {
  host: "$address",
  port: $port,
  // An address is no server name (RFC 6066 section 3), and is checked as the host.
  servername: isIP(host) ? "" : host,
  ca: readFileSync("$trust"),
@client  cert: readFileSync("$client_chain"),
@client  key: readFileSync("$client_key"),
};
get(options, (response) => {
  console.log(response.socket.getProtocol());
  response.pipe(process.stdout);
});
