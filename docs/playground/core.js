// SPDX-License-Identifier: MIT
// The C++ core, compiled to WebAssembly, as JavaScript calls it.
import binary from "core.wasm";

/**
 * @typedef {object} Limits
 * @property {number} [maxHeaderSize]
 * @property {number | bigint} [maxBodySize]
 * @property {number} [maxDepth]
 *
 * @typedef {object} Frame
 * @property {number} offset where it begins in the stream
 * @property {Uint8Array} header
 * @property {Uint8Array} body as far as it has come
 * @property {bigint} bodySize
 * @property {boolean} whole
 *
 * @typedef {object} Fault
 * @property {string} code "invalid_header"
 * @property {"length" | "header" | "body"} part
 * @property {bigint} offset
 * @property {bigint} frame
 * @property {bigint} declared
 * @property {bigint} limit
 * @property {bigint} position
 * @property {string} message the core's own words
 *
 * @typedef {"standard" | "lesson"} Format
 */

export const PREFIX_SIZE = 4;
const KINDS = ["stream", "pieces", "datagram"];
const PARTS = ["length", "header", "body"];

const text = new TextDecoder();

/** What the module would ask of a system. It has none; told of its memory's growth, nobody cares. */
function importsOf(module) {
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = (...given) => {
      if (name !== "emscripten_notify_memory_growth") throw new Error(`${name}(${given})`);
    };
  }
  return imports;
}

export async function loadCore() {
  const module = await WebAssembly.compile(binary);
  const { exports } = await WebAssembly.instantiate(module, importsOf(module));
  exports._initialize();
  return new Core(exports);
}

class Core {
  #wasm;

  constructor(exports) {
    this.#wasm = exports;
  }

  get version() {
    return this.#words(this.#wasm.version());
  }

  get size() {
    return binary.length;
  }

  /**
   * One frame.
   *
   * @param {Format} format
   * @param {Uint8Array} header
   * @param {Uint8Array} body
   * @returns {{bytes: Uint8Array} | {problem: string}}
   */
  encode(format, header, body) {
    this.#give(header, body);
    const problem = this.#words(this.#wasm.encode(format === "lesson", header.length));
    if (problem !== "") return { problem };
    return { bytes: this.#copy(this.#wasm.wire_data(), this.#wasm.wire_size()) };
  }

  /**
   * The header length that the first four of `bytes` say.
   *
   * @param {Format} format
   * @param {Uint8Array} bytes
   */
  headerLength(format, bytes) {
    this.#give(bytes.subarray(0, PREFIX_SIZE));
    return this.#wasm.header_length(format === "lesson") >>> 0;
  }

  /**
   * Reads a stream that comes in the pieces that `cuts` make of it, and then ends.
   *
   * @param {Uint8Array} bytes
   * @param {object} [options]
   * @param {Format} [options.format]
   * @param {"stream" | "pieces" | "datagram"} [options.kind] by a reassembler; by a decoder, which
   *     also gives what is not whole; as a datagram
   * @param {Limits} [options.limits]
   * @param {number[]} [options.cuts] in ascending order
   * @returns {{frames: Frame[], steps: Step[], fault: Fault | null}}
   *
   * @typedef {object} Step what one recv brings
   * @property {number} from
   * @property {number} to
   * @property {Frame[]} frames those that it makes whole
   * @property {number} buffered bytes that are kept for the next
   * @property {Fault | null} fault
   */
  read(bytes, { format = "standard", kind = "stream", limits = {}, cuts = [] } = {}) {
    const { maxHeaderSize = 65536, maxBodySize = 16777216, maxDepth = 64 } = limits;
    const wasm = this.#wasm;
    const reader = wasm.reader_new(KINDS.indexOf(kind), format === "lesson", maxHeaderSize,
                                   BigInt(maxBodySize), maxDepth);
    try {
      const steps = [];
      let offset = 0;
      let known = 0;
      const framesSince = () => {
        const frames = [];
        for (; known < wasm.frame_count(reader); ++known) {
          const frame = this.#frame(wasm.frame_at(reader, known), offset);
          offset += PREFIX_SIZE + frame.header.length + Number(frame.bodySize);
          frames.push(frame);
        }
        return frames;
      };
      let from = 0;
      for (const to of [...cuts, bytes.length]) {
        this.#give(bytes.subarray(from, to));
        wasm.reader_feed(reader);
        // A frame of a decoder that is not whole would change with the next piece.
        const frames = kind === "pieces" ? [] : framesSince();
        steps.push({ from, to, frames, buffered: wasm.reader_buffered(reader),
                     fault: this.#fault(reader) });
        from = to;
      }
      wasm.reader_finish(reader);
      const frames = kind === "pieces" ? framesSince() : steps.flatMap((step) => step.frames);
      return { frames, steps, fault: this.#fault(reader) };
    } finally {
      wasm.reader_delete(reader);
    }
  }

  /** @returns {Frame} */
  #frame(frame, offset) {
    const wasm = this.#wasm;
    return {
      offset,
      header: this.#copy(wasm.frame_header(frame), wasm.frame_header_size(frame)),
      body: this.#copy(wasm.frame_body(frame), wasm.frame_body_came(frame)),
      bodySize: BigInt.asUintN(64, wasm.frame_body_size(frame)),
      whole: wasm.frame_is_whole(frame) !== 0,
    };
  }

  /** @returns {Fault | null} */
  #fault(reader) {
    const wasm = this.#wasm;
    const fault = wasm.reader_fault(reader);
    if (fault === 0) return null;
    const number = (name) => BigInt.asUintN(64, wasm[`fault_${name}`](fault));
    return {
      code: this.#words(wasm.fault_name(fault)),
      part: PARTS[wasm.fault_part(fault)],
      offset: number("offset"),
      frame: number("frame"),
      declared: number("declared"),
      limit: number("limit"),
      position: number("position"),
      message: this.#words(wasm.fault_message(fault)),
    };
  }

  /** Memory moves when it grows: views of it are made anew. */
  #give(...parts) {
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    let at = this.#wasm.input(size);
    const memory = new Uint8Array(this.#wasm.memory.buffer);
    for (const part of parts) {
      memory.set(part, at);
      at += part.length;
    }
  }

  #copy(at, size) {
    return new Uint8Array(this.#wasm.memory.buffer).slice(at, at + size);
  }

  #words(at) {
    const memory = new Uint8Array(this.#wasm.memory.buffer);
    return text.decode(memory.slice(at, memory.indexOf(0, at)));
  }
}
