// SPDX-License-Identifier: MIT
// What is pasted: how it is written, what it is, and what is wrong with it.
import { anatomy, strangerIn } from "./anatomy.js";
import { byId, make, rich } from "./dom.js";
import { examples } from "./examples.js";
import { faultView } from "./faultview.js";
import { PasteError, readPasted } from "./paste.js";
import { cellsOf, frameItems } from "./ribbon.js";

const KINDS = ["auto", "dump", "hex", "base64", "python", "pack", "text"];
const MOST_DRAWN = 200;
const SIZE_NAMES = {
  standard: "`body_size`", lesson: "`data_size`, `file_size`, `total_size`",
};
const NAMES = { http: "HTTP", tls: "TLS", ssh: "SSH", json: "JSON" };

export class Identify {
  #core;
  #onOpen;
  #t;

  /**
   * @param {import("./core.js").Core} core
   * @param {(bytes: Uint8Array, format: import("./core.js").Format) => void} onOpen
   */
  constructor(core, onOpen) {
    this.#core = core;
    this.#onOpen = onOpen;
    byId("paste").addEventListener("input", () => this.#show());
    byId("paste-kind").addEventListener("change", () => this.#show());
    byId("paste").form.addEventListener("submit", (event) => event.preventDefault());
  }

  translate(t) {
    this.#t = t;
    const kind = byId("paste-kind").value || "auto";
    byId("paste-kind").replaceChildren(
      ...KINDS.map((one) => make("option", { value: one, selected: one === kind }, t[`kind_${one}`])));
    byId("examples").replaceChildren(...Object.entries(examples).map(([name, text]) =>
      make("button", { type: "button", onclick: () => this.#paste(text) }, t[name])));
    this.#show();
  }

  #paste(text) {
    byId("paste").value = text;
    byId("paste-kind").value = "auto";
    this.#show();
  }

  #show() {
    const text = byId("paste").value;
    if (text.trim() === "") return this.#say([make("p.hint", {}, this.#t.result_empty)]);
    try {
      this.#tell(readPasted(text, byId("paste-kind").value));
    } catch (error) {
      if (!(error instanceof PasteError)) throw error;
      this.#say([make("p.verdict", {}, `✗ ${this.#t.result_is[error.kind]}`), this.#note(error.note)]);
    }
  }

  #say(nodes, ribbons = []) {
    byId("result").replaceChildren(...nodes);
    byId("result-ribbons").replaceChildren(...ribbons);
  }

  #note(note) {
    const text = this.#t[note.name];
    return make("p.note", {}, ...rich(typeof text === "string" ? text : text(note)));
  }

  #tell({ kind, bytes, notes }) {
    const t = this.#t;
    const isProgram = bytes.length === 0 && notes.length !== 0; // of which nothing but its calls is known
    const said = [make("p.is", {}, isProgram ? t.result_is[kind] : t.result_kind(t.result_is[kind], bytes.length))];
    said.push(...notes.map((note) => this.#note(note)));
    if (isProgram) return this.#say(said);
    if (bytes.length === 0) return this.#say([...said, make("p.verdict", {}, t.verdict_none)]);

    const read = (format) => ({ format, ...anatomy(this.#core, bytes, format) });
    const standard = read("standard");
    const lesson = read("lesson");
    const isOurs = standard.fault === null || standard.frames.length >= lesson.frames.length;
    // A length in the wrong order is shown as what it is.
    const seen = isOurs || strangerIn(standard.fault) === "little" ? standard : lesson;
    said.push(make(`p.verdict.${seen.fault ? "broken" : "fine"}`, {}, this.#verdict(seen)));
    if (seen.fault) said.push(faultView(this.#core, bytes, seen.fault, t));

    const ribbons = [this.#ribbon(bytes, seen)];
    const other = seen.format === "standard" ? lesson : standard;
    if (seen.fault && other.frames.length > seen.frames.length) {
      if (other.fault === null || other.fault.code === "truncated")
        ribbons.push(make("p.other", {}, t.other_format(other.format, other.frames.length)),
                     this.#ribbon(bytes, other));
      else
        said.push(make("p.note", {}, ...rich(t.other_size_name(other.format, SIZE_NAMES[other.format]))));
    }
    this.#say(said, ribbons);
  }

  #verdict({ frames, fault, format }) {
    const t = this.#t;
    if (!fault) return `✓ ${t.verdict_good(frames.length, format)}`;
    const stranger = strangerIn(fault);
    if (stranger === "little" || stranger === "big") return `✗ ${t[`verdict_${stranger}`]}`;
    if (stranger) return `✗ ${t.verdict_stranger(NAMES[stranger])}`;
    return `✗ ${t.verdict_bad(frames.length)}`;
  }

  #ribbon(bytes, { parts, frames, format }) {
    const t = this.#t;
    const cells = cellsOf(bytes.subarray(0, MOST_DRAWN), parts, t);
    cells[0].classList.add("first");
    cells.at(-1).classList.add("last");
    const rest = bytes.length - MOST_DRAWN;
    return make("div.tape", {},
      make("div.ribbon.small", { dir: "ltr" }, ...cells),
      rest > 0 ? make("p.hint", {}, t.not_drawn(rest)) : "",
      make("ol.frames", {}, ...frameItems(frames, t)),
      make("div.tools", {}, make("button.main", {
        type: "button", onclick: () => this.#onOpen(bytes, format) }, t.step_through)));
  }
}
