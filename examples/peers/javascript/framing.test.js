// SPDX-License-Identifier: MIT
// The vectors of wire format 1, in every cut; and what encodes.
//
//   node --test          # FRAMING_VECTORS names another folder of vectors
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createServer, connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import {
  Connection,
  Decoder,
  FramingError,
  Reassembler,
  decodeDatagram,
  encode,
  events,
} from "./framing.js";

const folder =
  process.env.FRAMING_VECTORS ?? fileURLToPath(new URL("../../../tests/vectors", import.meta.url));

/** The bytes that a piece of a vector stands for. */
function bytesOf(piece) {
  if (typeof piece === "string") return Buffer.from(piece);
  if (Array.isArray(piece)) return Buffer.concat(piece.map(bytesOf));
  if ("hex" in piece) return Buffer.from(piece.hex.replaceAll(" ", ""), "hex");
  if ("repeat" in piece) {
    return Buffer.concat(Array(Number(piece.times)).fill(bytesOf(piece.repeat)));
  }
  const header = bytesOf(piece.header);
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(header.length);
  return Buffer.concat([prefix, header]);
}

function limitsOf({ limits = {} }) {
  const result = {};
  if ("max_header_size" in limits) result.maxHeaderSize = Number(limits.max_header_size);
  if ("max_body_size" in limits) result.maxBodySize = BigInt(limits.max_body_size);
  if ("max_depth" in limits) result.maxDepth = Number(limits.max_depth);
  return result;
}

/** Whole, byte by byte, at each place and at random ones; a long stream not everywhere. */
function* waysToCut(size) {
  yield [];
  if (size <= 5000) yield [...Array(size).keys()];
  if (size <= 100) for (let cut = 0; cut <= size; ++cut) yield [cut];
  let seed = size;
  const pick = () => (seed = (seed * 48271 + 11) % 2147483647) % (size + 1);
  for (let i = 0; i < 4; ++i) yield Array.from({ length: 8 }, pick).sort((a, b) => a - b);
}

function outcomeOf(stream, cuts, limits) {
  const reassembler = new Reassembler(limits);
  const frames = [];
  try {
    let begin = 0;
    for (const end of [...cuts, stream.length]) {
      // Memory of its own for each chunk, which is gone when the next one comes.
      const chunk = Uint8Array.from(stream.subarray(begin, end));
      reassembler.feed(chunk);
      for (let frame; (frame = reassembler.next());) frames.push(frame);
      chunk.fill(0xff);
      begin = end;
    }
    reassembler.finish();
  } catch (error) {
    assert(error instanceof FramingError, error);
    return { frames: frames.map(bytesOfFrame), error };
  }
  return { frames: frames.map(bytesOfFrame), error: null };
}

function bytesOfFrame(frame) {
  return [Buffer.from(frame.headerText).toString("hex"), Buffer.from(frame.body).toString("hex")];
}

function check(vector, { frames, error }) {
  const expected = vector.frames.map(({ header, body = "" }) => [
    bytesOf(header).toString("hex"),
    bytesOf(body).toString("hex"),
  ]);
  assert.deepEqual(frames, expected);
  assert.equal(error === null, vector.error === null, error);
  for (const [field, value] of Object.entries(vector.error ?? {})) {
    if (field === "stranger") assert(error.message.includes(value), error.message);
    else assert.equal(String(error[field]), String(value), field);
  }
}

test("every vector comes to what it says, however it is cut", () => {
  const vectors = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => JSON.parse(readFileSync(join(folder, name), "utf8")).vectors);
  assert.notEqual(vectors.length, 0);
  for (const vector of vectors) {
    try {
      const limits = limitsOf(vector);
      if ("datagram" in vector) {
        const result = { frames: [], error: null };
        try {
          result.frames.push(bytesOfFrame(decodeDatagram(bytesOf(vector.datagram), limits)));
        } catch (error) {
          result.error = error;
        }
        check(vector, result);
        continue;
      }
      const stream = bytesOf(vector.stream);
      const whole = outcomeOf(stream, [], limits);
      check(vector, whole);
      for (const cuts of waysToCut(stream.length)) {
        const { frames, error } = outcomeOf(stream, cuts, limits);
        assert.deepEqual(frames, whole.frames);
        assert.deepEqual(
          { ...error, message: error?.message },
          { ...whole.error, message: whole.error?.message },
        );
      }
    } catch (error) {
      error.message = `${vector.name} (${vector.why}): ${error.message}`;
      throw error;
    }
  }
});

test("the size of the body comes first, and is left out when there is none", () => {
  assert.equal(Buffer.from(encode({})).toString(), "\0\0\0\x02{}");
  assert.equal(
    Buffer.from(encode({ a: "中", body_size: 2 }, "hi")).toString(),
    '\0\0\0\x19{"body_size":2,"a":"中"}hi',
  );
  assert.equal(Buffer.from(encode({}, "hi")).toString(), '\0\0\0\x0f{"body_size":2}hi');
});

test("what a peer would refuse is not encoded", () => {
  const deep = JSON.parse('{"a":'.repeat(64) + "{}" + "}".repeat(64));
  for (const [code, header, body] of [
    ["body_size_mismatch", { body_size: 3 }, "hi"],
    ["body_size_mismatch", { body_size: "2" }, "hi"],
    ["body_size_mismatch", { body_size: true }, "h"],
    ["invalid_header", { a: "\ud800" }, ""],
    ["header_too_large", { a: "x".repeat(65536) }, ""],
    ["header_too_deep", deep, ""],
    ["body_too_large", {}, new Uint8Array(16 * 1024 * 1024 + 1)],
  ]) {
    assert.throws(() => encode(header, body), { name: "FramingError", code });
  }
});

test("a body comes in pieces and is not held", () => {
  const decoder = new Decoder({ maxBodySize: 2n ** 64n - 1n });
  const text = '{"body_size":18446744073709551615}';
  decoder.feed(Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]));
  assert.equal(decoder.next().header.bodySize, 2n ** 64n - 1n);
  for (let i = 0; i < 100; ++i) {
    decoder.feed(new Uint8Array(1000));
    assert.equal(decoder.next().data.length, 1000);
    assert.equal(decoder.next(), null);
  }
  assert.throws(() => decoder.finish(), { code: "truncated", position: 100_000 });
});

test("an error is final", () => {
  const reassembler = new Reassembler();
  reassembler.feed(Buffer.concat([encode({ a: 1 }), Buffer.alloc(4)]));
  assert.deepEqual(reassembler.next().header, { a: 1 });
  for (let i = 0; i < 2; ++i) {
    assert.throws(() => reassembler.next(), /^FramingError: empty_header: frame 1 at offset 11: /);
    reassembler.feed(encode({}));
  }
  assert.throws(() => reassembler.finish(), { code: "empty_header" });
});

test("events come from whatever gives chunks", async () => {
  const types = [];
  for await (const { type } of events(new Blob([encode({}, "hello")]).stream())) types.push(type);
  assert.deepEqual(types, ["header", "body", "end"]);
});

test("a body is streamed between sockets", async (t) => {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const accepted = new Promise((resolve) => server.once("connection", resolve));
  const sender = new Connection(connect(server.address()));
  const receiver = new Connection(await accepted);
  t.after(() => [sender, receiver].forEach((each) => each.close()));

  const pieces = Array.from({ length: 20 }, (_, n) => new Uint8Array(50_000).fill(n));
  const [, frame] = await Promise.all([
    sender.sendStream({ n: 1 }, 1_000_000, pieces),
    receiver.receive(),
  ]);
  assert.equal(frame.header.n, 1);
  assert.deepEqual(Buffer.from(frame.body), Buffer.concat(pieces));
  for (const wrong of [[Buffer.from("ab")], [Buffer.from("abcd")]]) {
    await assert.rejects(sender.sendStream({}, 3, wrong), { code: "body_size_mismatch" });
  }
});
