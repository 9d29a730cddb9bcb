// SPDX-License-Identifier: MIT
// What is pasted, without a browser; and that the page has each of its words in both languages.
//
//   node --test tests/playground/paste.test.mjs
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { examples } from "../../docs/playground/examples.js";
import { PasteError, kindOf, readPasted } from "../../docs/playground/paste.js";
import { preferredLanguage, texts } from "../../docs/playground/texts.js";

const SOURCES = new URL("../../docs/playground/", import.meta.url);
const FRAME = '\0\0\0\x0f{"body_size":5}hello';
const OLD_FRAME = '\x0f\0\0\0{"data_size":5}hello';

const bytesOf = (text) => Buffer.from(text, "latin1");
const read = (text, kind) => {
  const pasted = readPasted(text, kind);
  return [pasted.kind, Buffer.from(pasted.bytes).toString("latin1")];
};
const notesOf = (text) => readPasted(text).notes.map(({ name }) => name);

const DUMPS = {
  xxd: `00000000: 0000 000f 7b22 626f 6479 5f73 697a 6522  ....{"body_size"
00000010: 3a35 7d68 656c 6c6f                      :5}hello
`,
  "hexdump -C": `00000000  00 00 00 0f 7b 22 62 6f  64 79 5f 73 69 7a 65 22  |....{"body_size"|
00000010  3a 35 7d 68 65 6c 6c 6f                           |:5}hello|
00000018
`,
  "od -A o -t x1": `0000000 00 00 00 0f 7b 22 62 6f 64 79 5f 73 69 7a 65 22
0000020 3a 35 7d 68 65 6c 6c 6f
0000030
`,
  "tcpdump -X": `\t0x0000:  0000 000f 7b22 626f 6479 5f73 697a 6522  ....{"body_size"
\t0x0010:  3a35 7d68 656c 6c6f                      :5}hello
`,
  Wireshark: `0000   00 00 00 0f 7b 22 62 6f 64 79 5f 73 69 7a 65 22   ....{"body_size"
0010   3a 35 7d 68 65 6c 6c 6f                           :5}hello
`,
};

for (const [tool, dump] of Object.entries(DUMPS))
  test(`a dump by ${tool} is read`, () => assert.deepEqual(read(dump), ["dump", FRAME]));

test("a dump of words is put right, and told", () => {
  const dump = "0000000 0000 0f00 227b 6f62 7964 735f 7a69 2265\n0000010 353a 687d 6c65 6f6c 0021\n0000019\n";
  assert.deepEqual(read(dump), ["dump", `${FRAME}!`]);
  assert.deepEqual(notesOf(dump), ["dump_words"]);
});

test("lines that a dump leaves out as repeated are repeated", () => {
  const line = "00 ".repeat(16);
  assert.deepEqual(read(`00000000  ${line}\n*\n00000030  7b\n00000031\n`), ["dump", `${"\0".repeat(48)}{`]);
});

test("digits are read with what stands between them", () => {
  for (const text of ["00 00 00 02 7b 7d", "0000 0002 7b7d", "000000027b7d", "00:00:00:02:7B:7D",
                      "{0x00, 0x00, 0x00, 0x02, 0x7b, 0x7d};"])
    assert.deepEqual(read(text), ["hex", "\0\0\0\x02{}"], text);
});

test("Base64 is read in both alphabets, a word is not Base64", () => {
  assert.deepEqual(read(bytesOf(FRAME).toString("base64")), ["base64", FRAME]);
  assert.deepEqual(read(bytesOf(`${FRAME}\xff\xfe?`).toString("base64url")), ["base64", `${FRAME}\xff\xfe?`]);
  for (const word of ["hello", "password", "hello123", "body_size"]) assert.equal(kindOf(word), "text");
});

test("literals of Python are read with their escapes", () => {
  const spelled = String.raw`b'\x0f\x00\x00\x00{"data_size":5}hello'`;
  assert.deepEqual(read(spelled), ["python", OLD_FRAME]);
  assert.deepEqual(read(spelled.slice(1)), ["python", OLD_FRAME]);
  assert.deepEqual(read(spelled.slice(2, -1)), ["python", OLD_FRAME]);
  assert.deepEqual(read(String.raw`data = b"\0\17\n\\\"" b'it''s'`), ["python", '\0\x0f\n\\"its']);
  assert.deepEqual(read(String.raw`br'\x00'`), ["python", String.raw`\x00`]);
  assert.deepEqual(read('b"""a"b""" # b"c"'), ["python", 'a"b']);
});

test("struct.pack is computed, and its mistake told", () => {
  const sent = "sock.send(struct.pack('i', len(b'{\"data_size\":5}')) + b'{\"data_size\":5}' + b'hello')";
  assert.deepEqual(read(sent), ["pack", OLD_FRAME]);
  assert.deepEqual(notesOf(sent), ["pack_native"]);
  assert.deepEqual(notesOf("struct.pack('<I', 5)"), ["pack_little"]);
  assert.deepEqual(notesOf("struct.pack('!I', 5)"), ["pack_good"]);
  assert.deepEqual(notesOf("struct.pack('>Q', 5)"), ["pack_size"]);
  assert.deepEqual(notesOf("struct.pack('l', 5)"), ["pack_size", "pack_native"]);
  assert.deepEqual(notesOf("struct.pack('i', len(header))"), ["pack_native", "pack_unknown"]);
  assert.deepEqual(notesOf("struct.pack('3s', b'abc')"), ["pack_other"]);
  assert.deepEqual(read("struct.pack('>i', -1)"), ["pack", "\xff\xff\xff\xff"]);
});

test("of a program whose numbers are not known its calls are judged, and its words are no bytes", () => {
  const sends = `header = json.dumps({'file_name': 'a.txt', 'file_size': 5}).encode('utf-8')
conn.send(struct.pack('i', len(header)))
conn.send(header)
other.send(struct.pack('i', len(header)))`;
  assert.deepEqual(read(sends), ["pack", ""]);
  assert.deepEqual(notesOf(sends), ["pack_native", "pack_unknown"]);
  const receives = "size = struct.unpack('i', conn.recv(4))[0]\nheader = json.loads(conn.recv(size).decode('utf-8'))";
  assert.deepEqual(read(receives), ["pack", ""]);
  assert.deepEqual(notesOf(receives), ["pack_native"]);
  assert.deepEqual(notesOf("struct.unpack('!I', head)"), ["pack_good"]);
});

test("all else is text", () => {
  for (const text of ["GET / HTTP/1.1\r\n\r\n", "SSH-2.0-x\r\n", '{"type":"chat"}', "it's"])
    assert.deepEqual(read(text), ["text", text]);
  assert.deepEqual(read("00 01", "text"), ["text", "00 01"]);
  assert.equal(readPasted("你好").bytes.length, 6);
});

test("what is damaged is told with its place", () => {
  const refused = (text, kind, name) => assert.throws(
    () => readPasted(text, kind), (error) => error instanceof PasteError && error.note.name === name);
  refused("00000000: 00 01\n00000010: 02", "auto", "dump_offset");
  refused("00000000: 00 01\nno offset", "auto", "dump_no_offset");
  refused("00000000: 00 0", "auto", "dump_digits");
  refused("*\n00000010: 00", "dump", "dump_offset");
  refused("00000000: 00\n*\nffffffff: 00", "auto", "too_long");
  refused("00 00 00 0", "auto", "hex_odd");
  refused("00 0g", "hex", "hex_digit");
  refused("a".repeat(2 ** 20 + 1), "text", "too_long");
  refused("a".repeat(2 ** 23 + 1), "auto", "too_long");
  refused("AAAAA", "base64", "base64_length");
  refused("AA!A", "base64", "base64_letter");
  refused("b'abc", "auto", "python_open");
  refused("nothing", "python", "python_none");
});

test("no text is too odd to be read", () => {
  const letters = ["b'", '"', "\\x", "\\", "0", "00000000", ": ", "  ", "\n", "*", "struct.pack(", "'i'", ",", ")",
                   "f", "=", "é", "😀", "len(", "+"];
  let seed = 1;
  const random = (most) => (seed = (seed * 48271) % 2147483647) % most;
  for (let i = 0; i < 4_000; ++i) {
    const text = Array.from({ length: 1 + random(12) }, () => letters[random(letters.length)]).join("");
    for (const kind of ["auto", "dump", "hex", "base64", "python", "pack", "text"]) {
      try {
        readPasted(text, kind);
      } catch (error) {
        assert.ok(error instanceof PasteError, `${kind} of ${JSON.stringify(text)}: ${error.stack}`);
      }
    }
  }
});

test("a long text takes no time, whatever it holds", () => {
  const start = Date.now();
  for (const part of ["'\\", "\"\\x", "00000000: 00\n*\n", "0000000 00\n*\n", "pack('", "b'",
                      "pack(len(", "| ", "   ", "0x", "=="])
    for (const kind of ["auto", "dump", "python", "hex", "base64"]) {
      try {
        readPasted(part.repeat(200_000 / part.length), kind);
      } catch (error) {
        assert.ok(error instanceof PasteError, error.stack);
      }
    }
  assert.ok(Date.now() - start < 20_000);
});

test("both languages say the same things", () => {
  const shape = (all) => Object.entries(all).map(([name, text]) =>
    [name, typeof text, text.length === undefined || typeof text === "string" ? "" : text.length]);
  assert.deepEqual(shape(texts.zh), shape(texts.en));
  assert.deepEqual(Object.keys(texts.zh.result_is), Object.keys(texts.en.result_is));
});

test("every word is used, and every word used is there", () => {
  const sources = readdirSync(SOURCES).filter((name) => /\.(js|html)$/.test(name) && name !== "texts.js")
    .map((name) => readFileSync(new URL(name, SOURCES), "utf8"));
  const all = sources.join("\n");
  // Those whose names are put together of parts.
  const composed = /^(kind|example|pack|dump|hex|base64|python|why|verdict|number|part|not|too)_|_label$/;
  for (const name of Object.keys(texts.en))
    assert.ok(composed.test(name) || new RegExp(`\\b${name}\\b`).test(all), `${name} is not used`);
  for (const [, name] of all.matchAll(/data-(?:text|label)="(\w+)"|\bt\.(\w+)/g))
    if (name) assert.ok(name in texts.en, `${name} is not there`);
  for (const name of Object.keys(examples)) assert.ok(name in texts.en);
});

test("the browser's first language that is here is taken", () => {
  assert.equal(preferredLanguage(["zh-TW", "en"]), "zh");
  assert.equal(preferredLanguage(["fr", "zh-Hans-CN", "en"]), "zh");
  assert.equal(preferredLanguage(["en-GB", "zh"]), "en");
  assert.equal(preferredLanguage(["de"]), "en");
  assert.equal(preferredLanguage([]), "en");
});
