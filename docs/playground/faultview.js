// SPDX-License-Identifier: MIT
// A fault: why in the reader's language, the core's own words, and its numbers.
import { reasonOf } from "./anatomy.js";
import { make, rich } from "./dom.js";

/** Which numbers say nothing of which faults. */
const LEFT_OUT = {
  limit: ({ code, limit }) => limit === 0n || !/too_(large|deep)$/.test(code),
  position: ({ code }) => !["invalid_header", "invalid_body_size", "header_too_deep", "truncated"].includes(code),
};

/**
 * @param {import("./core.js").Core} core
 * @param {Uint8Array} bytes the stream
 * @param {import("./core.js").Fault} fault
 * @param {typeof import("./texts.js").texts.en} t
 */
export function faultView(core, bytes, fault, t) {
  const numbers = ["offset", "frame", "declared", "limit", "position"]
    .filter((name) => !LEFT_OUT[name]?.(fault))
    .map((name) => make("div", {}, make("dt", {}, t[`number_${name}`]),
                        make("dd", {}, String(fault[name]))));
  return make("div.fault", {},
    make("p.fault-name", {}, "✗ ", make("code", { translate: "no" }, fault.code)),
    make("p", {}, ...rich(reasonOf(core, bytes, fault, t))),
    make("p.core", {}, t.core_says,
         make("samp", { lang: "en", translate: "no" }, fault.message)),
    make("dl.numbers", {}, ...numbers));
}
