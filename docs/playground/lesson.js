// SPDX-License-Identifier: MIT
// The problem and the cure: three messages as bare bytes and as frames, cut at the same places.
import { anatomy } from "./anatomy.js";
import { byId, make, quoted } from "./dom.js";
import { Ribbon, barOf, cutButtons } from "./ribbon.js";

const MESSAGES = ["hello", "how are you?", "fine"].map((text) => new TextEncoder().encode(text));
const FIRST_CUTS = [9, 19];
const MOST_ROOMY = 6;

export class Lesson {
  #core;
  #ribbon;
  #bare;
  #spans; // of the messages in the bare bytes
  #frames = []; // where each begins, and its body
  #wire;
  #t;

  /** @param {import("./core.js").Core} core */
  constructor(core) {
    this.#core = core;
    this.#bare = joined(MESSAGES);
    let at = 0;
    this.#spans = MESSAGES.map((message, frame) => {
      const from = at;
      at += message.length;
      return { part: "message", from, to: at, frame };
    });
    const frames = MESSAGES.map(
      (message) => core.encode("standard", new TextEncoder().encode("{}"), message).bytes);
    this.#wire = joined(frames);
    at = 0;
    frames.forEach((frame, index) => {
      this.#frames.push({ offset: at, body: at + frame.length - MESSAGES[index].length });
      at += frame.length;
    });
    this.#ribbon = new Ribbon(byId("bare-ribbon"), {
      onCuts: () => this.#show(),
      placeOf: (cut) => this.#placeOf(cut),
    });
  }

  translate(t) {
    this.#t = t;
    const cuts = this.#ribbon.size === 0 ? FIRST_CUTS : this.#ribbon.cuts;
    byId("bare-ribbon").setAttribute("aria-label", t.bare_ribbon);
    this.#ribbon.show(this.#bare, this.#spans, cuts, t);
    cutButtons(byId("bare-cuts"), this.#ribbon, t);
    this.#show();
  }

  #placeOf(cut) {
    const inside = this.#spans.find(({ from, to }) => from < cut && cut < to);
    return inside ? this.#t.place_message(inside.frame + 1) : this.#t.place_border;
  }

  #show() {
    const cuts = this.#ribbon.cuts;
    this.#showBare(cuts);
    this.#showCure(cuts);
  }

  #showBare(cuts) {
    const t = this.#t;
    let good = 0;
    const pieces = piecesOf(cuts, this.#bare.length);
    const longest = longestOf(pieces);
    const items = pieces.map(({ from, to }, index) => {
      const overlaps = this.#spans.filter((span) => span.from < to && from < span.to);
      const words = overlaps.map((span) => {
        const name = span.frame + 1;
        const hasStart = from <= span.from;
        const hasEnd = to >= span.to;
        if (hasStart && hasEnd) return t.piece_all(name);
        return hasStart ? t.piece_start(name) : hasEnd ? t.piece_end(name) : t.piece_middle(name);
      });
      const isTorn = overlaps.some((span) => span.from < from || span.to > to);
      const verdict = overlaps.length === 1 ? (isTorn ? "split" : "whole")
                                            : (isTorn ? "merged_and_split" : "merged");
      if (verdict === "whole") ++good;
      return make(`li.${verdict === "whole" ? "fine" : "broken"}`, {},
        make("span.recv", {}, t.recv_name(index + 1, to - from)),
        barOf(this.#spans, { from, to }, longest),
        quoted(this.#bare.subarray(from, to)),
        make("span.verdict", {}, `${verdict === "whole" ? "✓" : "✗"} ${t[verdict]}`),
        make("span.detail", {}, t.list(words)));
    });
    showPieces("bare-pieces", items);
    byId("bare-score").textContent = t.bare_score(good, MESSAGES.length);
  }

  #showCure(cuts) {
    const t = this.#t;
    const { steps, frames } = this.#core.read(this.#wire, { cuts: this.#sameCuts(cuts) });
    const { parts } = anatomy(this.#core, this.#wire, "standard");
    const longest = longestOf(steps);
    let number = 0;
    const pieces = steps.map((step, index) => {
      const whole = step.frames.map((frame) =>
        make("span.came", {}, make("span.detail", {}, `✓ ${t.cure_frame(++number)} `),
             quoted(frame.body)));
      if (whole.length === 0) whole.push(make("span.detail", {}, `… ${t.cure_waits(step.buffered)}`));
      if (step.frames.length !== 0 && step.buffered !== 0)
        whole.push(make("span.detail", {}, t.cure_kept(step.buffered)));
      return make(`li.${step.frames.length === 0 ? "waiting" : "fine"}`, {},
        make("span.recv", {}, t.recv_name(index + 1, step.to - step.from)),
        barOf(parts, step, longest), ...whole);
    });
    showPieces("cure-pieces", pieces);
    const good = frames.filter(
      (frame, index) => String(frame.body) === String(MESSAGES[index])).length;
    byId("cure-score").textContent = t.cure_score(good, MESSAGES.length);
  }

  /** The same places in the text. */
  #sameCuts(cuts) {
    return cuts.map((cut) => {
      const { frame, from } = this.#spans.findLast((span) => span.from <= cut);
      const { offset, body } = this.#frames[frame];
      return cut === from ? offset : body + (cut - from);
    });
  }
}

/** Many take a line each. */
function showPieces(id, items) {
  byId(id).classList.toggle("many", items.length > MOST_ROOMY);
  byId(id).replaceChildren(...items);
}

const longestOf = (pieces) => Math.max(...pieces.map(({ from, to }) => to - from));

function piecesOf(cuts, size) {
  return [...cuts, size].map((to, index) => ({ from: index === 0 ? 0 : cuts[index - 1], to }));
}

export function joined(parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
