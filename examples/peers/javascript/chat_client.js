// SPDX-License-Identifier: MIT
// A member of a chat room: lines of standard input are said, and what is said is printed.
//
//   node chat_client.js 127.0.0.1:7000 alice
import { connect } from "node:net";
import { createInterface } from "node:readline";

import { Connection, visible } from "./framing.js";

const [address, nick] = process.argv.slice(2);
if (!nick) {
  console.error("usage: chat_client.js HOST:PORT NICK");
  process.exit(2);
}
const [, host, port] = address.match(/^\[?(.*?)\]?:(\d+)$/) ?? [];
const room = new Connection(connect({ host, port: Number(port) }));

async function sayLines() {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line) await room.send({ type: "say" }, line);
  }
  await room.send({ type: "quit" });
}

/** @param {Error} error */
function fail(error) {
  console.error(`chat_client.js: ${error.message}`);
  process.exit(255);
}

try {
  await room.send({ type: "join", nick, room: "lobby" });
  setInterval(() => room.send({}).catch(fail), 30_000);
  for await (const message of room) {
    const { type, from, nick, code, message: why } = message.header;
    if (type === "welcome") sayLines().catch(fail);
    else if (type === "said") console.log(`${visible(`${from}`)}: ${visible(message.text())}`);
    else if (type === "joined" || type === "left")
      console.log(`* ${visible(`${nick}`)} has ${type}`);
    else if (type === "error") console.error(visible(`${code}: ${why}`));
    else if (type === "bye") process.exit(0);
  }
  throw new Error("the server has gone");
} catch (error) {
  fail(error);
}
