// SPDX-License-Identifier: MIT
// Which byte of a stream is what, and why a stream is at fault.
import { PREFIX_SIZE } from "./core.js";

/**
 * @typedef {object} Part
 * @property {"length" | "header" | "body" | "unread" | "message"} part
 * @property {number} from
 * @property {number} to
 * @property {number} frame from 0
 * @property {boolean} [bad]
 * @property {number} [size] what it should have, where the stream ends in it
 *
 * @typedef {object} Anatomy
 * @property {Part[]} parts
 * @property {import("./core.js").Frame[]} seen frames whose header is good
 * @property {import("./core.js").Frame[]} frames those of them that are whole
 * @property {import("./core.js").Fault | null} fault
 */

/**
 * @param {import("./core.js").Core} core
 * @param {Uint8Array} bytes
 * @param {import("./core.js").Format} format
 * @returns {Anatomy}
 */
export function anatomy(core, bytes, format) {
  const { frames, fault } = core.read(bytes, { format, kind: "pieces" });
  const parts = [];
  const add = (part, frame, from, size, bad = false) => {
    const to = Math.min(from + size, bytes.length);
    if (to > from) parts.push({ part, from, to, frame, bad, size });
    return to;
  };
  frames.forEach((frame, index) => {
    const header = add("length", index, frame.offset, PREFIX_SIZE);
    const body = add("header", index, header, frame.header.length);
    add("body", index, body, Number(frame.bodySize));
  });
  const ended = fault?.code === "truncated";
  if (fault && !(ended && fault.part === "body")) {
    const offset = Number(fault.offset);
    const index = Number(fault.frame);
    let end = add("length", index, offset, PREFIX_SIZE, fault.part === "length" && !ended);
    if (fault.part !== "length") {
      const size = core.headerLength(format, bytes.subarray(offset));
      const bad = fault.part === "header" && !ended;
      // Up to the violation it is good, where that is not its very end.
      const good = bad && fault.position < size ? Number(fault.position) : 0;
      end = add("header", index, end, good);
      end = add("header", index, end, size - good, bad);
    }
    add("unread", index, end, bytes.length - end, fault.part === "body");
  }
  return { parts, seen: frames, frames: frames.filter((frame) => frame.whole), fault };
}

/**
 * Who is talking where a length is above the limit, as the core's message names him.
 *
 * @returns {"http" | "tls" | "ssh" | "json" | "little" | "big" | null}
 */
export function strangerIn(fault) {
  if (fault?.code !== "header_too_large") return null;
  const named = /: the bytes (?:[0-9a-f]{2} ){4}are (HTTP|TLS|SSH|JSON)/.exec(fault.message);
  if (named) return named[1].toLowerCase();
  if (fault.message.includes(" in little-endian order;")) return "little";
  return fault.message.includes(" in network order, big-endian;") ? "big" : null;
}

/**
 * Why, in the words of the reader's language.
 *
 * @param {import("./core.js").Core} core
 * @param {Uint8Array} bytes
 * @param {import("./core.js").Fault} fault
 * @param {typeof import("./texts.js").texts.en} t
 * @returns {string}
 */
export function reasonOf(core, bytes, fault, t) {
  const { code, declared, limit, position } = fault;
  const opening = bytes.subarray(Number(fault.offset));
  const stranger = strangerIn(fault);
  switch (code) {
    case "header_too_large": {
      if (stranger === "little" || stranger === "big") {
        const hex = [...opening.subarray(0, PREFIX_SIZE)]
          .map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
        return t[`why_${stranger}`](hex, core.headerLength("lesson", opening),
                                    core.headerLength("standard", opening));
      }
      if (stranger) return t[`why_${stranger}`];
      if (fault.frame > 0n && opening.subarray(0, PREFIX_SIZE).every(isPrintable)) {
        const text = String.fromCharCode(...opening.subarray(0, 24).filter(isPrintable));
        return t.why_body_unannounced(text);
      }
      return t.why_header_too_large(declared, limit);
    }
    case "invalid_header": {
      const header = opening.subarray(PREFIX_SIZE, PREFIX_SIZE + Number(declared));
      if (position === declared) return t.why_header_short(declared);
      if (isObject(header.subarray(0, Number(position))))
        return t.why_counts_body(position, declared);
      return t.why_invalid_header(position, declared);
    }
    case "truncated":
      return t.why_truncated(t[`part_${fault.part}`], position, declared);
    case "empty_header":
    case "invalid_body_size":
      return t[`why_${code}`];
    case "header_too_deep":
    case "body_too_large":
      return t[`why_${code}`](declared, limit);
    default:
      return "";
  }
}

const isPrintable = (byte) => byte >= 0x20 && byte < 0x7f;

function isObject(bytes) {
  try {
    return typeof JSON.parse(new TextDecoder().decode(bytes)) === "object";
  } catch {
    return false;
  }
}
