// SPDX-License-Identifier: MIT
// The bytes that a pasted text stands for, and what it is.

/**
 * @typedef {object} Pasted
 * @property {Kind} kind
 * @property {Uint8Array} bytes
 * @property {Note[]} notes what else is to be said of how it is written, as for texts.js
 *
 * @typedef {"dump" | "hex" | "base64" | "python" | "pack" | "text"} Kind
 * @typedef {{name: string} & Record<string, string | number>} Note
 */

/** A text that is not what it looks like; `note` says why. */
export class PasteError extends Error {
  constructor(kind, name, numbers = {}) {
    super(`${kind}: ${name}`);
    this.kind = kind;
    this.note = { name, ...numbers };
  }
}

/** Of more than this a page makes no bytes, and of text that is longer by far. */
const MOST = 1 << 20;
const MOST_TEXT = 8 * MOST;

const READERS = {
  dump: readDump,
  hex: readHex,
  base64: readBase64,
  python: readPython,
  pack: readPython,
  text: readText,
};

/**
 * @param {string} text
 * @param {Kind | "auto"} kind
 * @returns {Pasted}
 * @throws {PasteError}
 */
export function readPasted(text, kind = "auto") {
  if (text.length > MOST_TEXT) throw new PasteError("text", "too_long", { most: MOST });
  const as = kind === "auto" ? kindOf(text) : kind;
  const notes = [];
  const bytes = Uint8Array.from(READERS[as](text, notes));
  // What a program does twice is said once.
  return { kind: as, bytes, notes: [...new Map(notes.map((note) => [JSON.stringify(note), note])).values()] };
}

/**
 * What a text most probably is.
 *
 * @param {string} text
 * @returns {Kind}
 */
export function kindOf(text) {
  const trimmed = text.trim();
  if (/\b(?:un)?pack(?:_into)?\s*\(/.test(trimmed)) return "pack";
  if (isDump(trimmed)) return "dump";
  if (/(?:^|[^\w\\])[bB][rR]?(['"])/.test(trimmed)) return "python";
  if (isQuoted(trimmed) && trimmed.includes("\\")) return "python";
  if (trimmed.startsWith("\\x")) return "python";
  if (isHex(trimmed)) return "hex";
  if (isBase64(trimmed)) return "base64";
  return "text";
}

function isQuoted(text) {
  return text.length > 1 && /^['"]/.test(text) && text.endsWith(text[0]);
}

function readText(text) {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > MOST) throw new PasteError("text", "too_long", { most: MOST });
  return bytes;
}

// -- Dumps with offsets: xxd, hexdump, od, tcpdump, Wireshark ---------------------------------------

const OFFSET = /^(?:0x)?([0-9a-f]{4,16})(:?)(\s+|$)/i;

function isDump(text) {
  const lines = text.split("\n", 2);
  const found = OFFSET.exec(lines[0].trim());
  if (!found || !/^0+$/.test(found[1]) || found[3] === "") return false;
  // "0000 0002 7b7d" are bytes.
  return found[2] === ":" || found[3].length > 1 || found[1].length % 2 === 1;
}

function readDump(text, notes) {
  const bytes = [];
  const offsets = [];
  let line = 0;
  let repeated = null;
  let words = false;
  for (const raw of text.split("\n")) {
    ++line;
    const trimmed = raw.trim();
    if (trimmed === "") continue;
    if (trimmed === "*") {
      repeated = bytes.slice(offsets.at(-1)?.at ?? 0);
      continue;
    }
    const found = OFFSET.exec(trimmed);
    if (!found) throw new PasteError("dump", "dump_no_offset", { line });
    const [whole, digits, colon] = found;
    if (repeated) {
      if (repeated.length === 0) throw new PasteError("dump", "dump_offset", { line });
      const until = parseInt(digits, baseOf(offsets));
      if (until > MOST) throw new PasteError("dump", "too_long", { most: MOST });
      while (bytes.length < until) bytes.push(...repeated.slice(0, until - bytes.length));
      repeated = null;
    }
    offsets.push({ digits, at: bytes.length, line });
    const groups = columnOf(trimmed.slice(whole.length), colon === ":");
    if (groups.some((group) => group.length % 2 === 1 || !/^[0-9a-f]*$/i.test(group)))
      throw new PasteError("dump", "dump_digits", { line });
    // Words of sixteen bits stand in the order of the machine that wrote them.
    const swapped = colon === "" && digits.length === 7 && groups.some((one) => one.length === 4);
    words ||= swapped;
    for (const group of groups) {
      const pairs = group.match(/../g) ?? [];
      if (swapped) pairs.reverse();
      for (const pair of pairs) bytes.push(parseInt(pair, 16));
    }
    if (bytes.length > MOST) throw new PasteError("dump", "too_long", { most: MOST });
  }
  if (offsets.length === 0) throw new PasteError("dump", "dump_no_offset", { line: 1 });
  const base = baseOf(offsets);
  const last = offsets.at(-1);
  const end = parseInt(last.digits, base);
  if (words && end === bytes.length - 1) bytes.pop(); // the last word was half a word
  for (const { digits, at, line: of } of offsets)
    if (parseInt(digits, base) !== Math.min(at, bytes.length))
      throw new PasteError("dump", "dump_offset", { line: of });
  if (words) notes.push({ name: "dump_words" });
  return bytes;
}

/** od counts by eight, which the first offset shows that is not 0. */
function baseOf(offsets) {
  const known = offsets.find(({ at }) => at !== 0);
  // The last word may be half a word.
  const fits = (base) => Math.abs(parseInt(known.digits, base) - known.at) < 2;
  return known && !fits(16) && fits(8) ? 8 : 16;
}

/** The groups of digits, without the text beside them. */
function columnOf(rest, hasColon) {
  const end = rest.search(hasColon ? /\s{2}|\|/ : /\s{3}|\|/);
  const column = end < 0 ? rest : rest.slice(0, end);
  return column.split(/\s+/).filter((group) => group !== "");
}

// -- Hexadecimal -------------------------------------------------------------------------------------

/** The digits alone, also of an array in C. */
function digitsOf(text) {
  return text.trim().replace(/^[{[(]|[}\])];?$/g, "").replace(/\b0x|[\s,:;-]/gi, "");
}

function isHex(text) {
  return /^[0-9a-f]{4,}$/i.test(digitsOf(text));
}

function readHex(text) {
  const digits = digitsOf(text);
  const wrong = digits.search(/[^0-9a-f]/i);
  if (wrong >= 0) throw new PasteError("hex", "hex_digit", { found: digits[wrong] });
  if (digits.length % 2 === 1) throw new PasteError("hex", "hex_odd", { digits: digits.length });
  if (digits.length > 2 * MOST) throw new PasteError("hex", "too_long", { most: MOST });
  return (digits.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
}

// -- Base64 ------------------------------------------------------------------------------------------

function isBase64(text) {
  if (/[^\S\r\n]/.test(text)) return false; // a line of words
  const letters = text.replace(/\s/g, "");
  if (letters.length < 8 || !/^[\w+/-]+={0,2}$/.test(letters)) return false;
  if (letters.endsWith("=")) return letters.length % 4 === 0;
  if (letters.length % 4 === 1) return false;
  // A word looks the same; but a length below 16 MiB shows.
  const bytes = readBase64(letters);
  const looksLong = letters.length >= 24 && /[A-Z]/.test(letters) && /[a-z]/.test(letters);
  return bytes[0] === 0 || bytes[3] === 0 || looksLong;
}

function readBase64(text) {
  const letters = text.replace(/\s/g, "").replace(/-/g, "+").replace(/_/g, "/").replace(/=+$/, "");
  const wrong = letters.search(/[^A-Za-z0-9+/]/);
  if (wrong >= 0) throw new PasteError("base64", "base64_letter", { found: letters[wrong] });
  if (letters.length % 4 === 1)
    throw new PasteError("base64", "base64_length", { letters: letters.length });
  if (letters.length > 2 * MOST) throw new PasteError("base64", "too_long", { most: MOST });
  return [...atob(letters)].map((letter) => letter.charCodeAt(0));
}

// -- Python: literals of bytes, and calls of struct.pack and unpack -----------------------------------

const TERM =
  /([bBrR]{0,2})('''|"""|'|")|\b(?:struct\s*\.\s*)?((?:un)?pack)\s*\(\s*[bB]?(['"])([^'"]*)\4\s*,?/y;

const ESCAPED = { n: 10, r: 13, t: 9, a: 7, b: 8, f: 12, v: 11, "\\": 92, "'": 39, '"': 34 };

function readPython(text, notes) {
  const bytes = [];
  const kind = kindOf(text) === "pack" ? "pack" : "python";
  if (text.trim().startsWith("\\x")) { // a literal that lost its quotes
    readLiteral(text.trim(), 0, "\0", false, bytes);
    return bytes;
  }
  for (let at = 0; at < text.length;) {
    if (text[at] === "#") { // a comment
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
      continue;
    }
    TERM.lastIndex = at;
    const found = TERM.exec(text);
    if (!found || (found[1] && /\w/.test(text[at - 1] ?? ""))) {
      ++at;
      continue;
    }
    at = TERM.lastIndex;
    if (found[2] !== undefined) {
      at = readLiteral(text, at, found[2], /r/i.test(found[1]), bytes);
      if (at < 0) throw new PasteError(kind, "python_open", { quote: found[2] });
    } else {
      const end = endOfCall(text, at);
      pack(found[3], found[5], text.slice(at, end), bytes, notes);
      at = end + 1;
    }
    if (bytes.length > MOST) throw new PasteError(kind, "too_long", { most: MOST });
  }
  if (bytes.length === 0 && notes.length === 0) throw new PasteError(kind, "python_none");
  // What is left of a program whose numbers are not known is not what it sends.
  return notes.some(({ name, call }) => name === "pack_unknown" || call === "unpack") ? [] : bytes;
}

/** @returns {number} where the text goes on, or -1 where the literal does not end */
function readLiteral(text, at, quote, raw, bytes) {
  const add = (letters) => bytes.push(...new TextEncoder().encode(letters));
  while (at < text.length) {
    if (text.startsWith(quote, at)) return at + quote.length;
    if (text[at] !== "\\") {
      const letter = String.fromCodePoint(text.codePointAt(at));
      add(letter);
      at += letter.length;
      continue;
    }
    const rest = text.slice(at + 1, at + 4);
    const hex = /^x([0-9a-f]{2})/i.exec(rest);
    const octal = /^[0-7]{1,3}/.exec(rest);
    if (raw || rest === "") {
      add(text.slice(at, at + 2));
      at += 2;
    } else if (hex) {
      bytes.push(parseInt(hex[1], 16));
      at += 4;
    } else if (octal) {
      bytes.push(parseInt(octal[0], 8) & 255);
      at += 1 + octal[0].length;
    } else if (rest[0] === "\n") {
      at += 2;
    } else if (rest[0] in ESCAPED) {
      bytes.push(ESCAPED[rest[0]]);
      at += 2;
    } else { // Python keeps what is no escape
      add("\\");
      at += 1;
    }
  }
  return -1;
}

function endOfCall(text, at) {
  let depth = 1;
  let quote = "";
  for (; at < text.length; ++at) {
    const letter = text[at];
    if (quote !== "") {
      if (letter === "\\") ++at;
      else if (letter === quote) quote = "";
    } else if (letter === "'" || letter === '"') {
      quote = letter;
    } else if (letter === "(") {
      ++depth;
    } else if (letter === ")" && --depth === 0) {
      return at;
    }
  }
  return text.length;
}

const SIZES = { b: 1, B: 1, h: 2, H: 2, i: 4, I: 4, l: 4, L: 4, q: 8, Q: 8, n: 8, N: 8 };

/**
 * What a call of struct.pack gives, and what is wrong with its format as a header length; of unpack,
 * too.
 */
function pack(call, format, argument, bytes, notes) {
  const [, order, code] = /^([@=<>!]?)\s*1?([bBhHiIlLqQnN])$/.exec(format.trim()) ?? [];
  if (code === undefined) {
    notes.push({ name: "pack_other", call, format });
    return;
  }
  const native = order === "" || order === "@";
  // By itself `l` has the size that the machine gives it: of most, eight bytes.
  const size = native && /[lL]/.test(code) ? 8 : SIZES[code];
  const little = native || order === "=" || order === "<";
  if (size !== 4) notes.push({ name: "pack_size", call, format, size });
  if (little && size > 1)
    notes.push({ name: order === "<" ? "pack_little" : "pack_native", call, format });
  if (!little && size === 4) notes.push({ name: "pack_good", call, format });
  if (call === "unpack") return;
  const value = valueOf(argument.trim());
  if (value === null) {
    notes.push({ name: "pack_unknown", argument: argument.trim().slice(0, 40) });
    return;
  }
  const packed = [];
  for (let i = 0n; i < size; ++i) packed.push(Number((value >> (8n * i)) & 255n));
  bytes.push(...(little ? packed : packed.reverse()));
}

/** A number, or len() of a literal; null of all else. */
function valueOf(argument) {
  if (/^-?(?:\d+|0x[0-9a-f]+)$/i.test(argument)) {
    const negative = argument.startsWith("-");
    const value = BigInt(negative ? argument.slice(1) : argument);
    return negative ? -value : value;
  }
  const length = /^len\s*\(\s*[bB]?(['"])/.exec(argument);
  if (!length) return null;
  const bytes = [];
  const end = readLiteral(argument, length[0].length, length[1], false, bytes);
  return end >= 0 && /^\s*\)$/.test(argument.slice(end)) ? BigInt(bytes.length) : null;
}
