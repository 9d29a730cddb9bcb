// SPDX-License-Identifier: MIT
// Sends words to an echo server and prints what comes back.
//
//   node echo_client.js 127.0.0.1:4000 hello 你好
import { connect } from "node:net";

import { Connection, visible } from "./framing.js";

const [address, ...words] = process.argv.slice(2);
if (!address || words.length === 0) {
  console.error("usage: echo_client.js HOST:PORT WORD...");
  process.exit(2);
}
const [, host, port] = address.match(/^\[?(.*?)\]?:(\d+)$/) ?? [];
const server = new Connection(connect({ host, port: Number(port) }));

try {
  for (const [index, word] of words.entries()) {
    await server.send({ type: "word", number: index + 1 }, word);
    const answer = await server.receive();
    if (!answer) throw new Error("the server has gone");
    console.log(`${answer.header.number}: ${visible(answer.text())}`);
  }
} catch (error) {
  console.error(`echo_client.js: ${error.message}`);
  process.exitCode = 255;
}
server.close();
