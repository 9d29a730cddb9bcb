// SPDX-License-Identifier: MIT
// A stream as a ribbon of bytes: what each is shows in it, and cuts are handles that move.
import { make, quoted } from "./dom.js";

const COLOURS = 5;
/** With more cuts than that, their handles are too close to be held. */
const MOST_HANDLES = 24;
const PAGE = 8;

/** A letter for each byte: one of several bytes stands at the first of them. */
export function lettersOf(bytes) {
  const letters = [];
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at];
    const size = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    let letter = "·";
    let taken = 1;
    try {
      const text = decoder.decode(bytes.subarray(at, at + size));
      taken = size;
      if (text === " ") letter = "␣";
      else if (text === "\n") letter = "↵";
      else if (!/[\p{C}\p{M}\p{Z}]/u.test(text)) letter = text;
    } catch {
      // no UTF-8
    }
    letters.push(letter, ...Array(Math.min(taken, bytes.length - at) - 1).fill("‥"));
    at += taken;
  }
  return letters;
}

/**
 * The cells of some bytes, whose parts count from `base`.
 *
 * @param {Uint8Array} bytes
 * @param {import("./anatomy.js").Part[]} parts
 * @param {typeof import("./texts.js").texts.en} t
 * @param {number} [base]
 */
export function cellsOf(bytes, parts, t, base = 0) {
  const letters = lettersOf(bytes);
  const cells = [];
  let next = 0;
  for (let i = 0; i < bytes.length; ++i) {
    const at = base + i;
    while (next < parts.length && parts[next].to <= at) ++next;
    const part = parts[next]?.from <= at ? parts[next] : null;
    const cell = make("span.byte", { "aria-hidden": "true" },
      make("span.letter", {}, letters[i]),
      make("span.hex", {}, bytes[i].toString(16).padStart(2, "0")));
    if (part) {
      cell.classList.add(part.part, `colour-${part.frame % COLOURS}`);
      cell.classList.toggle("wrong", Boolean(part.bad));
      if (at === part.from || i === 0) cell.prepend(make("span.caption", {}, captionOf(part, t)));
    }
    cells.push(cell);
  }
  return cells;
}

const FRAMES_SHOWN = 50;

/**
 * Whole frames as items of a list.
 *
 * @param {import("./core.js").Frame[]} frames
 * @param {typeof import("./texts.js").texts.en} t
 */
export function frameItems(frames, t) {
  const items = frames.slice(0, FRAMES_SHOWN).map((frame, index) => frameItem(frame, index, t));
  const more = frames.length - FRAMES_SHOWN;
  if (more > 0) items.push(make("li.detail", {}, t.more_frames(more)));
  return items;
}

function frameItem(frame, index, t) {
  return make("li", {},
    make(`b.number.colour-${index % COLOURS}`, { "aria-hidden": "true" }, String(index + 1)),
    make("span.hidden", {}, t.frame_name(index + 1)),
    quoted(frame.header),
    frame.body.length === 0 ? make("span.detail", {}, t.no_body) : quoted(frame.body));
}

/**
 * Some bytes as a bar, whose length is theirs: how much of it is what.
 *
 * @param {import("./anatomy.js").Part[]} parts
 * @param {{from: number, to: number}} piece
 * @param {number} longest what has the whole width
 */
export function barOf(parts, { from, to }, longest) {
  const bar = make("span.bar", { "aria-hidden": "true" });
  for (const part of parts) {
    const size = Math.min(part.to, to) - Math.max(part.from, from);
    if (size <= 0) continue;
    const piece = make(`span.${part.part}.colour-${part.frame % COLOURS}`);
    piece.style.width = `${(100 * size) / longest}%`;
    bar.append(piece);
  }
  return bar;
}

function captionOf(part, t) {
  if (part.part === "message") return t.message_name(part.frame + 1);
  const name = t[`part_${part.part}`];
  if (part.bad) return t.part_bad(name);
  return part.part === "length" ? `${part.frame + 1} · ${name}` : name;
}

export class Ribbon {
  #root;
  #onCuts;
  #placeOf;
  #t;
  #cells = [];
  #handles = [];
  #cuts = [];
  #held = null; // the handle under the pointer
  #last = 0; // that was moved last

  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {(cuts: number[]) => void} options.onCuts
   * @param {(at: number) => string} options.placeOf says where a cut is
   */
  constructor(root, { onCuts, placeOf }) {
    this.#root = root;
    this.#onCuts = onCuts;
    this.#placeOf = placeOf;
    root.setAttribute("role", "group");
    root.setAttribute("dir", "ltr");
    root.tabIndex = -1; // takes the focus of the last handle that goes
    root.addEventListener("click", (event) => this.#cutAt(event));
    root.addEventListener("pointerdown", (event) => this.#hold(event));
    root.addEventListener("pointermove", (event) => this.#drag(event));
    for (const end of ["pointerup", "pointercancel"])
      root.addEventListener(end, (event) => this.#release(event));
    root.addEventListener("keydown", (event) => this.#key(event));
  }

  get cuts() {
    return [...this.#cuts];
  }

  get size() {
    return this.#cells.length;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {import("./anatomy.js").Part[]} parts
   * @param {number[]} cuts
   * @param {typeof import("./texts.js").texts.en} t
   */
  show(bytes, parts, cuts, t) {
    this.#t = t;
    this.#cells = cellsOf(bytes, parts, t);
    this.#setCuts(cuts);
  }

  /**
   * How much has come, and what just came; all of it where that is null.
   *
   * @param {{from: number, to: number} | null} piece
   */
  arrived(piece) {
    this.#cells.forEach((cell, at) => {
      cell.classList.toggle("pending", piece !== null && at >= piece.to);
      cell.classList.toggle("current", piece !== null && at >= piece.from && at < piece.to);
    });
  }

  more() {
    const borders = [0, ...this.#cuts, this.size];
    const pieces = borders.slice(1).map((to, i) => ({ from: borders[i], to }));
    const longest = pieces.reduce((a, b) => (b.to - b.from > a.to - a.from ? b : a));
    if (longest.to - longest.from > 1) this.#add((longest.from + longest.to) >> 1);
  }

  fewer() {
    if (this.#cuts.length !== 0) this.#remove(Math.min(this.#last, this.#cuts.length - 1));
  }

  random() {
    if (this.size < 2) return;
    const count = 1 + Math.floor(Math.random() * Math.min(4, this.size - 1));
    const cuts = new Set();
    while (cuts.size < count) cuts.add(1 + Math.floor(Math.random() * (this.size - 1)));
    this.#change([...cuts].sort((a, b) => a - b));
  }

  everyByte() {
    this.#change(Array.from({ length: Math.max(0, this.size - 1) }, (_, i) => i + 1));
  }

  /** Nobody has to be told any more that cuts can be moved. */
  #touched() {
    this.#root.classList.remove("untouched");
    this.#onCuts(this.cuts);
  }

  #change(cuts) {
    this.#setCuts(cuts);
    this.#touched();
  }

  #setCuts(cuts) {
    this.#cuts = [...cuts];
    const close = cuts.length > MOST_HANDLES;
    this.#handles = cuts.map(() => make("span.cut", {
      role: "slider", tabindex: close ? -1 : 0, "aria-orientation": "horizontal",
    }));
    this.#root.classList.toggle("close", close);
    const nodes = [];
    let next = 0;
    this.#cells.forEach((cell, at) => {
      if (cuts[next] === at) nodes.push(this.#handles[next++]);
      nodes.push(cell);
    });
    this.#root.replaceChildren(...nodes);
    this.#describe();
  }

  /** The handle stays where it is, and with it the pointer and the focus: bytes go round it. */
  #move(index, to) {
    const from = this.#cuts[index];
    const { least, most } = this.#range(index);
    const at = Math.max(least, Math.min(most, to));
    if (at === from) return;
    const handle = this.#handles[index];
    if (at > from) handle.before(...this.#cells.slice(from, at));
    else handle.after(...this.#cells.slice(at, from));
    this.#cuts[index] = at;
    this.#last = index;
    this.#describe();
    this.#touched();
  }

  #range(index) {
    return {
      least: (this.#cuts[index - 1] ?? 0) + 1,
      most: (this.#cuts[index + 1] ?? this.size) - 1,
    };
  }

  #add(at) {
    if (at <= 0 || at >= this.size || this.#cuts.includes(at)) return;
    this.#change([...this.#cuts, at].sort((a, b) => a - b));
    this.#last = this.#cuts.indexOf(at);
    this.#handles[this.#last].focus({ preventScroll: true });
  }

  #remove(index) {
    const hadFocus = this.#handles.includes(document.activeElement);
    this.#change(this.#cuts.filter((_, i) => i !== index));
    this.#last = Math.max(0, index - 1);
    if (hadFocus) (this.#handles[this.#last] ?? this.#root).focus({ preventScroll: true });
  }

  #describe() {
    const starts = new Map([0, ...this.#cuts].map((at, i) => [at, i]));
    this.#cells.forEach((cell, at) => {
      const piece = starts.get(at);
      // Behind the last piece there is room for its name.
      const least = piece === this.#cuts.length ? 2 : 3;
      const isLong = piece !== undefined && (this.#cuts[piece] ?? this.size) - at >= least;
      cell.classList.toggle("first", piece !== undefined);
      cell.classList.toggle("last", at + 1 === this.size || starts.has(at + 1));
      if (isLong) cell.dataset.recv = String(piece + 1);
      else delete cell.dataset.recv;
    });
    this.#handles.forEach((handle, index) => {
      const { least, most } = this.#range(index);
      const at = this.#cuts[index];
      handle.setAttribute("aria-label", this.#t.cut_name(index + 1));
      handle.setAttribute("aria-valuemin", String(least));
      handle.setAttribute("aria-valuemax", String(most));
      handle.setAttribute("aria-valuenow", String(at));
      handle.setAttribute("aria-valuetext", this.#t.cut_value(at, this.size, this.#placeOf(at)));
    });
  }

  /** The border between two bytes that is next to a point. */
  #borderAt(x, y) {
    let best = { row: Infinity, at: 0, column: Infinity };
    this.#cells.forEach((cell, index) => {
      const box = cell.getBoundingClientRect();
      const row = Math.max(box.top - y, y - box.bottom, 0);
      const middle = (box.left + box.right) / 2;
      const column = Math.abs(x - middle);
      if (row < best.row || (row === best.row && column < best.column))
        best = { row, column, at: x < middle ? index : index + 1 };
    });
    return best.at;
  }

  #hold(event) {
    const index = this.#handles.indexOf(event.target);
    if (index < 0 || event.button !== 0) return;
    event.preventDefault(); // or text would be selected
    this.#held = index;
    this.#last = index;
    event.target.setPointerCapture(event.pointerId);
    event.target.focus({ preventScroll: true });
    event.target.classList.add("held");
  }

  #drag(event) {
    if (this.#held !== null) this.#move(this.#held, this.#borderAt(event.clientX, event.clientY));
  }

  #release() {
    if (this.#held === null) return;
    this.#handles[this.#held]?.classList.remove("held");
    this.#held = null;
  }

  #cutAt(event) {
    if (event.target.closest(".byte") === null) return;
    this.#add(this.#borderAt(event.clientX, event.clientY));
  }

  #key(event) {
    const index = this.#handles.indexOf(event.target);
    if (index < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const at = this.#cuts[index];
    const { least, most } = this.#range(index);
    const to = {
      ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1,
      PageDown: at - PAGE, PageUp: at + PAGE, Home: least, End: most,
    }[event.key];
    if (to !== undefined) this.#move(index, to);
    else if (event.key === "Delete" || event.key === "Backspace") this.#remove(index);
    else return;
    event.preventDefault();
  }
}

/** The buttons of a ribbon. */
export function cutButtons(root, ribbon, t) {
  const button = (name, act) => make("button", { type: "button", onclick: act }, t[name]);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", t.cut_buttons);
  root.replaceChildren(
    button("more_cuts", () => ribbon.more()),
    button("fewer_cuts", () => ribbon.fewer()),
    button("random_cuts", () => ribbon.random()),
    button("every_byte", () => ribbon.everyByte()));
}
