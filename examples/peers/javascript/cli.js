#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Looks into a stream of frames.
//
//   node cli.js decode < stream
import { parseArgs } from "node:util";

import {
  Connection,
  FramingError,
  Reassembler,
  defaultLimits,
  encode,
  visible,
} from "./framing.js";

const USAGE = "usage: cli.js decode [--max-header N] [--max-body N] [--max-depth N] | bench";
const CHUNK = 64 * 1024;

/** @param {string} text */
function print(text) {
  return new Promise((resolve) => process.stdout.write(text, resolve));
}

/** @param {import("./framing.js").Frame} frame */
function lineOf(frame) {
  const header = new TextDecoder().decode(frame.headerText).replace(/[\t\r\n]/g, " ");
  const body = Buffer.from(frame.body).toString("base64");
  return `{"header":${visible(header)},"body_size":${frame.body.length},"body":"${body}"}\n`;
}

/**
 * Prints what framecat decode prints.
 *
 * @param {import("./framing.js").Limits} limits
 */
async function decode(limits) {
  try {
    for await (const frame of new Connection(process.stdin, limits)) await print(lineOf(frame));
  } catch (error) {
    if (!(error instanceof FramingError)) throw error;
    await print(`{"error":"${error.code}","offset":${error.offset}}\n`);
    console.error(`cli.js: ${error.message}`);
    process.exitCode = 1;
  }
}

/** Prints how many frames of a chat it decodes and encodes in a second of processor time. */
async function bench() {
  const header = { type: "said", from: "alice", room: "lobby", seq: 4711 };
  const body = new Uint8Array(64).fill(0x78);
  const count = 500;
  const stream = Buffer.concat(Array(count).fill(encode(header, body)));

  function decodeAll() {
    const reassembler = new Reassembler();
    for (let at = 0; at < stream.length; at += CHUNK) {
      reassembler.feed(stream.subarray(at, at + CHUNK));
      for (let frame; (frame = reassembler.next());) {
        if (frame.header.type !== "said") throw new Error("not what was encoded");
      }
    }
  }
  function encodeAll() {
    for (let i = 0; i < count; ++i) encode(header, body);
  }

  for (const [name, work] of /** @type {const} */ ([
    ["decoded", decodeAll],
    ["encoded", encodeAll],
  ])) {
    rateOf(work); // until it is compiled
    await print(`${(count * rateOf(work)).toFixed(0)} frames/s ${name}\n`);
  }
}

/** @param {() => void} work */
function rateOf(work) {
  const started = process.cpuUsage();
  let passes = 0;
  let seconds = 0;
  while (seconds < 1) {
    work();
    ++passes;
    const { user, system } = process.cpuUsage(started);
    seconds = (user + system) / 1e6;
  }
  return passes / seconds;
}

/** @param {string | undefined} text */
function numberOr(text, /** @type {number | bigint} */ fallback) {
  if (text === undefined) return fallback;
  if (!/^\d{1,20}$/.test(text)) throw new TypeError(`${text} is no number`);
  return BigInt(text);
}

try {
  const option = /** @type {const} */ ({ type: "string" });
  const { values, positionals } = parseArgs({
    options: { "max-header": option, "max-body": option, "max-depth": option },
    allowPositionals: true,
  });
  if (positionals.length !== 1) throw new TypeError("one command is needed");
  if (positionals[0] === "bench") {
    await bench();
  } else if (positionals[0] === "decode") {
    await decode({
      maxHeaderSize: Number(numberOr(values["max-header"], defaultLimits.maxHeaderSize)),
      maxBodySize: numberOr(values["max-body"], defaultLimits.maxBodySize),
      maxDepth: Number(numberOr(values["max-depth"], defaultLimits.maxDepth)),
    });
  } else {
    throw new TypeError(`there is no command ${positionals[0]}`);
  }
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  console.error(`cli.js: ${error.message}\n${USAGE}`);
  process.exitCode = 2;
}
