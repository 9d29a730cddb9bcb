// SPDX-License-Identifier: MIT
// Runs one command at a shell server, and exits as it does. The token is in a file.
//
//   node shell_client.js 127.0.0.1:5000 "$XDG_RUNTIME_DIR/framing-token" 'ls -l; exit 3'
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { constants } from "node:os";

import { Connection, visible } from "./framing.js";

const [address, tokenFile, command] = process.argv.slice(2);
if (!command) {
  console.error("usage: shell_client.js HOST:PORT TOKEN_FILE COMMAND");
  process.exit(2);
}

async function run() {
  const [, host, port] = address.match(/^\[?(.*?)\]?:(\d+)$/) ?? [];
  const server = new Connection(connect({ host, port: Number(port) }));
  await server.send({ type: "auth", token: (await readFile(tokenFile, "utf8")).trim() });
  await server.send({ type: "exec", id: 0, command });
  await server.send({ type: "stdin_close", id: 0 });
  for await (const message of server) {
    const { type, code, signal, status } = message.header;
    if (type === "stdout") process.stdout.write(message.body);
    else if (type === "stderr") process.stderr.write(message.body);
    else if (type === "error" && code !== "unknown_id") {
      console.error(`shell_client.js: ${visible(`${code}`)}`);
      server.close();
      return 1;
    } else if (type === "exit") {
      server.close();
      /** @type {Record<string, number>} */
      const { signals } = constants;
      return signal ? 128 + signals[`SIG${signal}`] : status;
    }
  }
  throw new Error("the server has gone");
}

try {
  process.exitCode = await run();
} catch (error) {
  console.error(`shell_client.js: ${error.message}`);
  process.exit(255);
}
