// SPDX-License-Identifier: MIT
// Sends every frame back as it came.
//
//   node echo_server.js 127.0.0.1:4000
import { createServer } from "node:net";

import { Connection } from "./framing.js";

const [, host, port] = process.argv[2]?.match(/^\[?(.*?)\]?:(\d+)$/) ?? [];
if (!port) {
  console.error("usage: echo_server.js HOST:PORT");
  process.exit(2);
}

const server = createServer({ allowHalfOpen: true }, async (socket) => {
  const peer = new Connection(socket);
  try {
    for await (const frame of peer) await peer.send(frame.header, frame.body);
  } catch (error) {
    console.error(`echo_server.js: ${error.message}`);
  }
  peer.close();
});
server.listen(Number(port), host, () => {
  const { address, port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  console.log(`listening on ${address}:${port}`);
});
