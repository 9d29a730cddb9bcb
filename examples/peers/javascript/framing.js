// SPDX-License-Identifier: MIT
/**
 * Frames with a JSON header and a body over TCP: a full peer, in plain JavaScript.
 *
 *     +---------------------+------------------------+-----------------+
 *     | header length       | header                 | body            |
 *     | 4 bytes, big-endian | one JSON object, UTF-8 | body_size bytes |
 *     +---------------------+------------------------+-----------------+
 *
 * `Decoder` does no I/O: it takes chunks of any size and gives headers and pieces of bodies;
 * `Reassembler` gives whole frames. Both, and all but `Connection`, run in browsers as well.
 *
 * @module framing
 */

/**
 * What a peer may announce. 0 means 0.
 *
 * @typedef {object} Limits
 * @property {number} maxHeaderSize
 * @property {number | bigint} maxBodySize
 * @property {number} maxDepth
 */

/** @type {Readonly<Limits>} */
export const defaultLimits = Object.freeze({
  maxHeaderSize: 64 * 1024,
  maxBodySize: 16 * 1024 * 1024,
  maxDepth: 64,
});

const PREFIX_SIZE = 4;
const MOST_DEPTH = 1024;

/** @typedef {"length" | "header" | "body"} Part */

/**
 * @typedef {object} Numbers
 * @property {Part} part where it is
 * @property {number} offset bytes of the stream before the bad frame
 * @property {number} frame frames before the bad one
 * @property {bigint} declared the size that the part was to have, or how deep it nests
 * @property {bigint} [limit] what `declared` is above
 * @property {number} [position] good bytes of the part
 * @property {string} [stranger] who is talking, if not a peer of ours
 */

/** What is wrong with a stream, with its numbers. It is final for the stream. */
export class FramingError extends Error {
  /**
   * @param {string} code "invalid_header"
   * @param {Numbers} numbers
   */
  constructor(code, numbers) {
    const where = `${code}: frame ${numbers.frame} at offset ${numbers.offset}`;
    super(`${where}: ${describe(code, numbers)}`);
    this.name = "FramingError";
    this.code = code;
    this.part = numbers.part;
    this.offset = numbers.offset;
    this.frame = numbers.frame;
    this.declared = numbers.declared;
    this.limit = numbers.limit;
    this.position = numbers.position;
    this.stranger = numbers.stranger;
  }
}

/**
 * @param {string} code
 * @param {Numbers} numbers
 */
function describe(code, { part, declared, limit, position, stranger }) {
  const above = `${declared}, above the limit of ${limit}`;
  switch (code) {
    case "empty_header":
      return "the header length is 0";
    case "header_too_large":
      return `the header length is ${above}${stranger ? `: ${stranger}` : ""}`;
    case "invalid_header":
      return `the header is not one strict JSON object in UTF-8, at its byte ${position} of ${declared}`;
    case "header_too_deep":
      return `the header nests ${declared} deep, above the limit of ${limit}, at its byte ${position}`;
    case "invalid_body_size":
      return "body_size is not one unsigned integer of 64 bits";
    case "body_too_large":
      return `body_size is ${above}`;
    case "body_size_mismatch":
      return "body_size differs from the size of the body";
    case "trailing_data":
      return `the datagram holds ${position} bytes, its frame only ${declared}`;
    default: {
      const name = part === "length" ? "header length" : part;
      return `the input ended in the ${name}, after ${position} of ${declared} bytes`;
    }
  }
}

/** Breaks off a header; `numbers` are those of FramingError. */
class Violation {
  /**
   * @param {string} code
   * @param {Partial<Numbers>} numbers
   */
  constructor(code, numbers) {
    this.code = code;
    this.numbers = numbers;
  }
}

// -- The length -----------------------------------------------------------------------------------

const HTTP = /^(?:GET |HEAD|POST|PUT |DELE|CONN|OPTI|TRAC|PATC|PRI |HTTP)$/;

/**
 * Who opens with a length that is above the limit.
 *
 * @param {DataView} prefix
 * @param {number} limit
 * @returns {string | undefined}
 */
function strangerIn(prefix, limit) {
  const bytes = [0, 1, 2, 3].map((at) => prefix.getUint8(at));
  const opening = String.fromCharCode(...bytes);
  const swapped = prefix.getUint32(0, true);
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  if (HTTP.test(opening)) return `the bytes ${hex} are HTTP`;
  if (opening === "SSH-") return `the bytes ${hex} are SSH`;
  // eslint-disable-next-line no-control-regex
  if (/^[\x15\x16]\x03[\x00-\x04]/.test(opening)) return `the bytes ${hex} are TLS`;
  if (swapped <= limit) {
    return `${swapped} in little-endian order; the length is sent in network order, big-endian`;
  }
  if (opening[0] === "{") return `the bytes ${hex} are JSON without a length before it`;
  return undefined;
}

// -- The header -----------------------------------------------------------------------------------

const QUOTE = 0x22;
const MINUS = 0x2d;
const ZERO = 0x30;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const LITERALS = ["true", "false", "null"].map((word) => new TextEncoder().encode(word));
const BODY_SIZE = new TextEncoder().encode("body_size");
const MOST_BODY = 2n ** 64n - 1n;

/**
 * Judges a header, which JSON.parse alone would be too lenient for: it lets half a surrogate pair
 * pass, does not tell of a key that is there twice, and rounds large numbers. A byte behind the
 * end reads as undefined, which nothing allows. Never recurses, so that no header can exhaust the
 * stack.
 */
class Scanner {
  #text;
  #maxDepth;
  #at = 0;

  /**
   * @param {Uint8Array} text
   * @param {number} maxDepth
   */
  constructor(text, maxDepth) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  /** @returns {bigint} the size of the body */
  scan() {
    /** @type {string[]} */
    const sizes = []; // of each value of body_size what is a number, else ""
    /** @type {number[]} */
    const closers = []; // the brackets that are to come, the innermost last
    this.#skipSpace();
    if (this.#text[this.#at] !== OPEN_BRACE) this.#refuse();
    do {
      const sized = closers.at(-1) === CLOSE_BRACE && this.#readKey() && closers.length === 1;
      const begin = this.#at;
      const opens = this.#openOrSkipValue(closers);
      if (sized) {
        const end = Math.min(this.#at, begin + 21); // longer than any size
        sizes.push(opens ? "" : String.fromCharCode(...this.#text.subarray(begin, end)));
      }
      if (!opens) this.#endValues(closers);
    } while (closers.length > 0);
    if (this.#at !== this.#text.length) this.#refuse();

    if (sizes.length === 0) return 0n;
    if (sizes.length === 1 && /^(?:0|[1-9][0-9]{0,19})$/.test(sizes[0])) {
      const size = BigInt(sizes[0]);
      if (size <= MOST_BODY) return size;
    }
    throw new Violation("invalid_body_size", {});
  }

  /** @returns {never} */
  #refuse(at = this.#at) {
    throw new Violation("invalid_header", { position: at });
  }

  #skipSpace() {
    for (;;) {
      const byte = this.#text[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      ++this.#at;
    }
  }

  /**
   * Reads a bracket that opens, or a value that has none.
   *
   * @param {number[]} closers
   * @returns {boolean} whether there is a value in the bracket, which comes next
   */
  #openOrSkipValue(closers) {
    const byte = this.#text[this.#at];
    if (byte !== OPEN_BRACE && byte !== OPEN_BRACKET) {
      this.#skipScalar(byte);
      return false;
    }
    if (closers.length === this.#maxDepth) {
      throw new Violation("header_too_deep", {
        declared: BigInt(this.#maxDepth + 1),
        limit: BigInt(this.#maxDepth),
        position: this.#at,
      });
    }
    ++this.#at;
    this.#skipSpace();
    closers.push(byte === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET);
    return this.#text[this.#at] !== closers.at(-1);
  }

  /**
   * Behind a value: closes what is closed, up to the comma before the next value.
   *
   * @param {number[]} closers
   */
  #endValues(closers) {
    for (this.#skipSpace(); closers.length > 0; this.#skipSpace()) {
      const byte = this.#text[this.#at];
      if (byte === 0x2c) {
        ++this.#at;
        this.#skipSpace();
        return;
      }
      if (byte !== closers.pop()) this.#refuse();
      ++this.#at;
    }
  }

  /** @returns {boolean} whether the key is body_size */
  #readKey() {
    if (this.#text[this.#at] !== QUOTE) this.#refuse();
    const begin = this.#at + 1;
    this.#skipString();
    const isBodySize = this.#spellsBodySize(begin, this.#at - 1);
    this.#skipSpace();
    if (this.#text[this.#at] !== 0x3a) this.#refuse();
    ++this.#at;
    this.#skipSpace();
    return isBodySize;
  }

  /**
   * Each letter as it is, or as an escape.
   *
   * @param {number} at
   * @param {number} end
   */
  #spellsBodySize(at, end) {
    for (const letter of BODY_SIZE) {
      if (this.#text[at] === letter) {
        ++at;
      } else {
        if (this.#text[at] !== BACKSLASH || this.#unitOf(at) !== letter) return false;
        at += 6;
      }
    }
    return at === end;
  }

  /** @param {number} first */
  #skipScalar(first) {
    if (first === QUOTE) return this.#skipString();
    if (first === MINUS || isDigit(first)) return this.#skipNumber();
    const literal = LITERALS.find((word) => word.every((b, i) => this.#text[this.#at + i] === b));
    if (!literal) this.#refuse();
    this.#at += literal.length;
  }

  #skipNumber() {
    if (this.#text[this.#at] === MINUS) ++this.#at;
    if (this.#text[this.#at] === ZERO) ++this.#at;
    else this.#skipDigits();
    if (this.#text[this.#at] === 0x2e) {
      ++this.#at;
      this.#skipDigits();
    }
    if ((this.#text[this.#at] | 0x20) === 0x65) {
      ++this.#at;
      const sign = this.#text[this.#at];
      if (sign === 0x2b || sign === MINUS) ++this.#at;
      this.#skipDigits();
    }
  }

  #skipDigits() {
    if (!isDigit(this.#text[this.#at])) this.#refuse();
    while (isDigit(this.#text[this.#at])) ++this.#at;
  }

  #skipString() {
    let at = this.#at + 1;
    for (let byte; (byte = this.#text[at]) !== QUOTE;) {
      if (byte === BACKSLASH) at += this.#escapeSize(at);
      else if (byte >= 0x80) at += this.#sequenceSize(at);
      else if (byte >= 0x20) ++at;
      else this.#refuse(at); // a control character, or the end
    }
    this.#at = at + 1;
  }

  /**
   * A surrogate stands only in a pair, the high one first.
   *
   * @param {number} at
   */
  #escapeSize(at) {
    const letter = this.#text[at + 1];
    if (letter !== 0x75) {
      if (letter === undefined || !'"\\/bfnrt'.includes(String.fromCharCode(letter))) {
        this.#refuse(at);
      }
      return 2;
    }
    const unit = this.#unitOf(at);
    if (unit === undefined || (unit >= 0xdc00 && unit <= 0xdfff)) this.#refuse(at);
    if (unit < 0xd800 || unit > 0xdfff) return 6;
    const low = this.#text[at + 6] === BACKSLASH ? this.#unitOf(at + 6) : undefined;
    if (low === undefined || low < 0xdc00 || low > 0xdfff) this.#refuse(at);
    return 12;
  }

  /**
   * What `\uXXXX` stands for, if it is that.
   *
   * @param {number} at
   */
  #unitOf(at) {
    const digits = String.fromCharCode(...this.#text.subarray(at + 1, at + 6));
    return /^u[0-9a-fA-F]{4}$/.test(digits) ? parseInt(digits.slice(1), 16) : undefined;
  }

  /**
   * UTF-8: neither overlong forms, nor surrogates, nor anything above U+10FFFF.
   *
   * @param {number} at
   */
  #sequenceSize(at) {
    const lead = this.#text[at];
    const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead < 0xc2 || lead > 0xf4) this.#refuse(at);
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    const second = this.#text[at + 1];
    if (!(second >= least && second <= most)) this.#refuse(at);
    for (let i = 2; i < size; ++i) {
      if ((this.#text[at + i] & 0xc0) !== 0x80) this.#refuse(at);
    }
    return size;
  }
}

/** @param {number} byte */
function isDigit(byte) {
  return byte >= ZERO && byte <= 0x39;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The header of a frame: the text that came, and how large the body is. */
export class Header {
  /** @type {Record<string, any> | undefined} */
  #members;

  /**
   * @param {Uint8Array} text
   * @param {bigint} bodySize
   */
  constructor(text, bodySize) {
    this.text = text;
    this.bodySize = bodySize;
  }

  /**
   * The text as JSON.parse reads it: large numbers are rounded, of a key that is there twice the
   * last one stands.
   */
  get members() {
    return (this.#members ??= JSON.parse(utf8.decode(this.text)));
  }
}

// -- Encoding -------------------------------------------------------------------------------------

const utf8Encoder = new TextEncoder();

/**
 * All of a frame but its body, which the caller sends behind it.
 *
 * @param {Record<string, any>} header
 * @param {number | bigint} bodySize
 * @param {Partial<Limits>} [limits]
 * @returns {Uint8Array}
 */
export function encodeHead(header, bodySize, limits = {}) {
  const { maxHeaderSize, maxBodySize, maxDepth } = { ...defaultLimits, ...limits };
  const at = { offset: 0, frame: 0 };
  const size = BigInt(bodySize);
  const { body_size: given = size, ...members } = header;
  if (typeof given !== "bigint" && !Number.isSafeInteger(given)) {
    throw new FramingError("body_size_mismatch", { part: "body", declared: size, ...at });
  }
  if (BigInt(given) !== size) {
    throw new FramingError("body_size_mismatch", { part: "body", declared: size, ...at });
  }
  const json = JSON.stringify(members);
  const comma = json === "{}" ? "" : ",";
  const text = utf8Encoder.encode(
    size === 0n ? json : `{"body_size":${size}${comma}${json.slice(1)}`,
  );
  const declared = BigInt(text.length);
  if (text.length > maxHeaderSize) {
    const limit = BigInt(maxHeaderSize);
    throw new FramingError("header_too_large", { part: "header", declared, limit, ...at });
  }
  try {
    new Scanner(text, Math.min(maxDepth, MOST_DEPTH)).scan();
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    throw new FramingError(error.code, { part: "header", declared, ...at, ...error.numbers });
  }
  if (size > maxBodySize) {
    const limit = BigInt(maxBodySize);
    throw new FramingError("body_too_large", { part: "body", declared: size, limit, ...at });
  }
  const head = new Uint8Array(PREFIX_SIZE + text.length);
  new DataView(head.buffer).setUint32(0, text.length);
  head.set(text, PREFIX_SIZE);
  return head;
}

/**
 * One frame.
 *
 * @param {Record<string, any>} header
 * @param {Uint8Array | string} [body] a string is sent in UTF-8
 * @param {Partial<Limits>} [limits]
 * @returns {Uint8Array}
 */
export function encode(header, body = "", limits = {}) {
  const bytes = typeof body === "string" ? utf8Encoder.encode(body) : body;
  const head = encodeHead(header, bytes.length, limits);
  const frame = new Uint8Array(head.length + bytes.length);
  frame.set(head);
  frame.set(bytes, head.length);
  return frame;
}

// -- Decoding -------------------------------------------------------------------------------------

/**
 * @typedef {{type: "header", header: Header}
 *   | {type: "body", data: Uint8Array}
 *   | {type: "end"}} FrameEvent
 */

const END = Object.freeze({ type: /** @type {const} */ ("end") });

/** Takes a stream in chunks of any size; gives headers, and bodies in pieces as they come. */
export class Decoder {
  #limits;
  /** @type {FramingError | null} */
  #error = null;
  // What is not read yet is [begin, end) of the store: the last chunk fed, or bytes of our own.
  /** @type {Uint8Array} */
  #store = new Uint8Array(0);
  #begin = 0;
  #end = 0;
  #isOurs = false;
  #offset = 0; // where the frame at hand starts
  #frame = 0; // how many came before it
  /** @type {Part} */
  #part = "length";
  #size = BigInt(PREFIX_SIZE); // of the part
  #headSize = 0;
  #taken = 0; // of a body

  /** @param {Partial<Limits>} [limits] */
  constructor(limits = {}) {
    const { maxHeaderSize, maxBodySize, maxDepth } = { ...defaultLimits, ...limits };
    this.#limits = {
      maxHeaderSize: Math.min(maxHeaderSize, 2 ** 32 - 1),
      maxBodySize,
      maxDepth: Math.min(maxDepth, MOST_DEPTH),
    };
  }

  /**
   * Takes a chunk, which must not change until all events are read. Read them before the next one
   * comes, so that nothing piles up.
   *
   * @param {Uint8Array} chunk
   */
  feed(chunk) {
    if (this.#error) return;
    if (this.#begin === this.#end) {
      this.#store = chunk;
      this.#begin = 0;
      this.#end = chunk.length;
      this.#isOurs = false;
      return;
    }
    if (!this.#isOurs || this.#store.length - this.#end < chunk.length) this.#keep(chunk.length);
    this.#store.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * @returns {FrameEvent | null} null where it takes more input to know the next one
   * @throws {FramingError} once all before it is read; and again, whatever is fed later
   */
  next() {
    if (this.#error) throw this.#error;
    if (this.#part === "body") return this.#nextOfBody();
    if (this.#part === "length") {
      if (this.#end - this.#begin < PREFIX_SIZE) return this.#wait();
      this.#expect("header", BigInt(this.#readLength()));
    }
    if (this.#end - this.#begin < this.#size) return this.#wait();
    return { type: "header", header: this.#readHeader() };
  }

  /**
   * Says that the stream has ended, once all events are read.
   *
   * @throws {FramingError} if that was inside a frame
   */
  finish() {
    if (this.#error) throw this.#error;
    const unread = this.#end - this.#begin;
    if (this.#part !== "length" || unread > 0) {
      this.#fail("truncated", { position: this.#part === "body" ? this.#taken : unread });
    }
  }

  #wait() {
    if (!this.#isOurs) this.#keep(0);
    return null;
  }

  /**
   * Moves what is not read yet to a store of our own.
   *
   * @param {number} more bytes that are to find room behind it
   */
  #keep(more) {
    const unread = this.#store.subarray(this.#begin, this.#end);
    this.#store = new Uint8Array(2 * (unread.length + more));
    this.#store.set(unread);
    this.#begin = 0;
    this.#end = unread.length;
    this.#isOurs = true;
  }

  /**
   * @param {Part} part
   * @param {bigint} size
   */
  #expect(part, size) {
    this.#part = part;
    this.#size = size;
    this.#taken = 0;
  }

  /** @param {number} size */
  #take(size) {
    const begin = this.#begin;
    this.#begin = Math.min(begin + size, this.#end);
    return this.#store.subarray(begin, this.#begin);
  }

  #readLength() {
    const bytes = this.#take(PREFIX_SIZE);
    const prefix = new DataView(bytes.buffer, bytes.byteOffset, PREFIX_SIZE);
    const length = prefix.getUint32(0);
    if (length === 0) this.#fail("empty_header", { declared: 0n });
    const limit = this.#limits.maxHeaderSize;
    if (length > limit) {
      this.#fail("header_too_large", {
        declared: BigInt(length),
        limit: BigInt(limit),
        stranger: strangerIn(prefix, limit),
      });
    }
    return length;
  }

  #readHeader() {
    const text = this.#take(Number(this.#size));
    let size = 0n;
    try {
      size = new Scanner(text, this.#limits.maxDepth).scan();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.#fail(error.code, error.numbers);
    }
    this.#headSize = PREFIX_SIZE + text.length;
    this.#expect("body", size);
    if (size > this.#limits.maxBodySize) {
      this.#fail("body_too_large", { limit: BigInt(this.#limits.maxBodySize) });
    }
    return new Header(new Uint8Array(text), size);
  }

  /** @returns {FrameEvent | null} */
  #nextOfBody() {
    // No stream is so long that the double is not exact where it matters.
    const left = Number(this.#size) - this.#taken;
    if (left === 0) {
      this.#offset += this.#headSize + this.#taken;
      ++this.#frame;
      this.#expect("length", BigInt(PREFIX_SIZE));
      return END;
    }
    if (this.#begin === this.#end) return null;
    const data = this.#take(left);
    this.#taken += data.length;
    return { type: "body", data };
  }

  /**
   * @param {string} code
   * @param {Partial<Numbers>} numbers
   * @returns {never}
   */
  #fail(code, numbers) {
    this.#error = new FramingError(code, {
      part: this.#part,
      offset: this.#offset,
      frame: this.#frame,
      declared: this.#size,
      ...numbers,
    });
    this.#begin = this.#end = 0;
    throw this.#error;
  }
}

/** A whole frame. */
export class Frame {
  #head;

  /**
   * @param {Header} header
   * @param {Uint8Array} body
   */
  constructor(header, body) {
    this.#head = header;
    this.body = body;
  }

  get header() {
    return this.#head.members;
  }

  /** The header as it came. */
  get headerText() {
    return this.#head.text;
  }

  /** The body as text; what is not UTF-8 is U+FFFD. */
  text() {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.body);
  }
}

/**
 * Puts a frame together. What it holds grows with what has come, never with what was announced.
 */
class Assembly {
  #header = new Header(new Uint8Array(0), 0n);
  #body = new Uint8Array(0);
  #size = 0;

  /**
   * @param {FrameEvent} event
   * @returns {Frame | null}
   */
  add(event) {
    if (event.type === "header") this.#header = event.header;
    else if (event.type === "body") this.#append(event.data);
    else return this.#end();
    return null;
  }

  /** @param {Uint8Array} data */
  #append(data) {
    const needed = this.#size + data.length;
    if (needed > this.#body.length) {
      const most = Number(this.#header.bodySize);
      const grown = new Uint8Array(Math.min(most, Math.max(needed, 2 * this.#size)));
      grown.set(this.#body.subarray(0, this.#size));
      this.#body = grown;
    }
    this.#body.set(data, this.#size);
    this.#size = needed;
  }

  #end() {
    const frame = new Frame(this.#header, this.#body.subarray(0, this.#size));
    this.#body = new Uint8Array(0);
    this.#size = 0;
    return frame;
  }
}

/** As Decoder, but it gives whole frames. */
export class Reassembler {
  #decoder;
  #assembly = new Assembly();

  /** @param {Partial<Limits>} [limits] */
  constructor(limits = {}) {
    this.#decoder = new Decoder(limits);
  }

  /** @param {Uint8Array} chunk */
  feed(chunk) {
    this.#decoder.feed(chunk);
  }

  /** @returns {Frame | null} */
  next() {
    for (let event; (event = this.#decoder.next());) {
      const frame = this.#assembly.add(event);
      if (frame) return frame;
    }
    return null;
  }

  finish() {
    this.#decoder.finish();
  }
}

/**
 * The frame that a datagram is, all of it.
 *
 * @param {Uint8Array} datagram
 * @param {Partial<Limits>} [limits]
 */
export function decodeDatagram(datagram, limits = {}) {
  const reassembler = new Reassembler(limits);
  reassembler.feed(datagram);
  const frame = reassembler.next();
  const at = { offset: 0, frame: 0 };
  if (!frame) {
    reassembler.finish();
    const declared = BigInt(PREFIX_SIZE);
    throw new FramingError("truncated", { part: "length", declared, position: 0, ...at });
  }
  const size = PREFIX_SIZE + frame.headerText.length + frame.body.length;
  if (size !== datagram.length) {
    const position = datagram.length;
    throw new FramingError("trailing_data", {
      part: "body",
      declared: BigInt(size),
      position,
      ...at,
    });
  }
  return frame;
}

/**
 * A text in which nothing acts on a terminal: controls, and what changes the direction of text, are
 * escaped as in JSON.
 *
 * @param {string} text
 */
export function visible(text) {
  return text.replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    const units = [...Array(character.length).keys()].map((at) => character.charCodeAt(at));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}

/**
 * The headers, pieces of bodies and ends in whatever gives chunks: a socket, a file, the body of a
 * fetch.
 *
 * @param {AsyncIterable<Uint8Array>} chunks
 * @param {Partial<Limits>} [limits]
 * @returns {AsyncGenerator<FrameEvent, void, void>}
 */
export async function* events(chunks, limits = {}) {
  const decoder = new Decoder(limits);
  for await (const chunk of chunks) {
    decoder.feed(chunk);
    for (let event; (event = decoder.next());) yield event;
  }
  decoder.finish();
}

// -- Connections ----------------------------------------------------------------------------------

/** Frames over a socket of Node, or any other Duplex. */
export class Connection {
  #socket;
  #limits;
  #events;

  /**
   * @param {import("node:stream").Duplex} socket
   * @param {Partial<Limits>} [limits]
   */
  constructor(socket, limits = {}) {
    this.#socket = socket;
    this.#limits = limits;
    this.#events = events(socket, limits);
    socket.on("error", () => {}); // whoever receives or sends is told
  }

  /**
   * Sends a frame, and waits while the peer is slow.
   *
   * @param {Record<string, any>} header
   * @param {Uint8Array | string} [body]
   */
  async send(header, body = "") {
    await this.#write(encode(header, body, this.#limits));
  }

  /**
   * Sends a body of which no more than a piece is held. Nothing else may be sent until it is done.
   *
   * @param {Record<string, any>} header
   * @param {number | bigint} size
   * @param {AsyncIterable<Uint8Array> | Iterable<Uint8Array>} pieces
   * @throws {FramingError} if they do not come to `size`; the connection is of no further use then
   */
  async sendStream(header, size, pieces) {
    await this.#write(encodeHead(header, size, this.#limits));
    let left = BigInt(size);
    for await (const piece of pieces) {
      left -= BigInt(piece.length);
      if (left < 0n) break;
      await this.#write(piece);
    }
    if (left !== 0n) {
      const numbers = { part: /** @type {const} */ ("body"), offset: 0, frame: 0 };
      throw new FramingError("body_size_mismatch", { declared: BigInt(size), ...numbers });
    }
  }

  /**
   * The next header, piece of a body or end of a frame; null at the end of the stream.
   *
   * @returns {Promise<FrameEvent | null>}
   */
  async receiveEvent() {
    const { value, done } = await this.#events.next();
    return done ? null : /** @type {FrameEvent} */ (value);
  }

  /**
   * The next frame; null at the end of the stream.
   *
   * @returns {Promise<Frame | null>}
   */
  async receive() {
    const assembly = new Assembly();
    for (let event; (event = await this.receiveEvent());) {
      const frame = assembly.add(event);
      if (frame) return frame;
    }
    return null;
  }

  async *[Symbol.asyncIterator]() {
    for (let frame; (frame = await this.receive());) yield frame;
  }

  /** Ends it, once what was sent is on its way. */
  close() {
    this.#socket.end(() => this.#socket.destroy());
  }

  /** @param {Uint8Array} bytes */
  #write(bytes) {
    const socket = this.#socket;
    return /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        // What broke the socket says more than that it is closed.
        socket.write(bytes, (error) => (error ? reject(socket.errored ?? error) : resolve()));
      })
    );
  }
}
