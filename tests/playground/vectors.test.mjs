// SPDX-License-Identifier: MIT
// All of tests/vectors, by the core as the page has it. Run by run.sh.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { start, stop, withPage } from "./browser.mjs";

const FOLDER = new URL("../vectors/", import.meta.url);
const vectors = readdirSync(FOLDER).filter((name) => name.endsWith(".json"))
  .flatMap((name) => JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")).vectors);

before(start, { timeout: 300_000 });
after(stop);

/** In the page. Returns: what is not as a vector says, and how many ways of reading there were. */
function check(vectors, format) {
  const utf8 = new TextEncoder();
  const join = (parts) => {
    const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
    return all;
  };
  /** The bytes that a piece of a vector stands for; tests/vectors/README.md describes the pieces. */
  const bytesOf = (piece) => {
    if (typeof piece === "string") return utf8.encode(piece);
    if (Array.isArray(piece)) return join(piece.map(bytesOf));
    if ("hex" in piece) return Uint8Array.from(piece.hex.split(" ").map((pair) => parseInt(pair, 16)));
    if ("repeat" in piece) {
      const part = bytesOf(piece.repeat);
      return join(Array(piece.times).fill(part));
    }
    const header = bytesOf(piece.header);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, header.length);
    return join([length, header]);
  };
  /** The same header in the lesson's format: another name of the same length, so that all sizes and places stay. */
  const lessonHeader = (bytes) => {
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")
      .replaceAll("body", "data").replaceAll("\\u0062ody", "\\u0064ata")
      .replaceAll("\\u0062\\u006f\\u0064\\u0079", "\\u0064\\u0061\\u0074\\u0061");
    return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  };
  /** The same stream: each length the other way round, too, and bodies as they are. */
  const lessonStream = (bytes, limits) => {
    const out = [];
    const add = (head) => out.push(head.slice(0, 4).reverse(), lessonHeader(head.subarray(4)));
    let at = 0;
    for (const { offset, header, body } of window.framing.read(bytes, { kind: "pieces", limits }).frames) {
      at = offset + 4 + header.length;
      add(bytes.subarray(offset, at));
      out.push(body);
      at += body.length;
    }
    if (at < bytes.length) add(bytes.subarray(at));
    return join(out);
  };
  const isLesson = format === "lesson";
  const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
  const numberOf = (value) => BigInt(value);

  /** Whole, byte by byte, at each place, and at random ones; a long stream not everywhere. */
  let seed = 1;
  const random = (most) => (seed = (seed * 48271) % 2147483647) % most;
  const waysToCut = (size) => {
    const ways = [[]];
    if (size <= 5000 && size > 1) ways.push(Array.from({ length: size - 1 }, (_, at) => at + 1));
    if (size <= 100) for (let at = 0; at <= size; ++at) ways.push([at]);
    for (let i = 0; i < 4; ++i)
      ways.push(Array.from({ length: 8 }, () => random(size + 1)).sort((a, b) => a - b));
    return ways;
  };

  const MOST_HELD = 2n ** 30n; // a quarter of the address space
  const wrong = [];
  let readings = 0;
  for (const { name, stream, datagram, limits = {}, frames, error } of vectors) {
    if (isLesson && datagram) continue;
    const written = bytesOf(stream ?? datagram);
    const given = {
      maxHeaderSize: Number(limits.max_header_size ?? 65536),
      maxBodySize: numberOf(limits.max_body_size ?? 16777216),
      maxDepth: Number(limits.max_depth ?? 64),
    };
    const bytes = isLesson ? lessonStream(written, given) : written;
    const kinds = datagram ? ["datagram"] : given.maxBodySize > MOST_HELD ? ["pieces"] : ["pieces", "stream"];
    const expected = frames.map(({ header, body = "" }) => 
      [isLesson ? lessonHeader(bytesOf(header)) : bytesOf(header), bytesOf(body)]);
    for (const kind of kinds) {
      for (const cuts of datagram ? [[]] : waysToCut(bytes.length)) {
        ++readings;
        const read = window.framing.read(bytes, { format, kind, limits: given, cuts });
        const whole = read.frames.filter((frame) => frame.whole);
        const told = (what) => wrong.push(`${name}, ${kind}, cut at ${cuts.slice(0, 9)}: ${what}`);
        if (whole.length !== expected.length ||
            !whole.every(({ header, body }, at) => same(header, expected[at][0]) && same(body, expected[at][1])))
          told(`${whole.length} frames`);
        if (Boolean(error) !== Boolean(read.fault)) told(read.fault?.message ?? "no fault");
        for (const [field, value] of Object.entries(read.fault ? error ?? {} : {})) {
          const good = field === "stranger" ? isLesson || read.fault.message.includes(value) :
            typeof read.fault[field] === "bigint" ? read.fault[field] === numberOf(value) :
            read.fault[field] === value;
          if (!good) told(`${field} ${read.fault[field]}`);
        }
      }
    }
  }
  return { wrong, readings };
}

for (const format of ["standard", "lesson"])
  test(`the page's core passes all vectors in the format ${format}, however they are cut`, async (context) => {
    assert.ok(vectors.length >= 700);
    await withPage({}, async (page) => {
      const { wrong, readings } = await page.evaluate(check, vectors, format);
      assert.deepEqual(wrong.slice(0, 20), []);
      context.diagnostic(`${vectors.length} vectors, read in ${readings} ways`);
    });
  });
