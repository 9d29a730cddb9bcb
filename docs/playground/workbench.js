// SPDX-License-Identifier: MIT
// Inside: messages become a stream, which is cut and received step by step.
import { anatomy } from "./anatomy.js";
import { PREFIX_SIZE } from "./core.js";
import { byId, make, rich } from "./dom.js";
import { faultView } from "./faultview.js";
import { joined } from "./lesson.js";
import { Ribbon, cellsOf, cutButtons, frameItems } from "./ribbon.js";

const FIRST_MESSAGES = [
  { header: '{"id":1}', body: "hello" },
  { header: '{"id":2}', body: "how are you?" },
  { header: '{"id":3}', body: "fine" },
];
const FIRST_CUTS = [20, 72];
const MOST_MESSAGES = 8;
const MOST_DRAWN = 600;
const LANE_DRAWN = 120;
const PLAY_MS = 1400;

export class Workbench {
  #core;
  #ribbon;
  #t;
  #messages = FIRST_MESSAGES.map((message) => ({ ...message }));
  #format = "standard";
  #pasted = null; // bytes that are there instead of the messages
  #bytes = new Uint8Array();
  #anatomy = { parts: [], seen: [], frames: [], fault: null };
  #steps = [];
  #step = null; // null: all of it; as many as steps: the end
  #timer = null;

  /** @param {import("./core.js").Core} core */
  constructor(core) {
    this.#core = core;
    this.#ribbon = new Ribbon(byId("stream-ribbon"), {
      onCuts: () => this.#receive(),
      placeOf: (at) => this.#placeOf(at),
    });
    byId("messages").addEventListener("submit", (event) => event.preventDefault());
    byId("messages").addEventListener("input", (event) => this.#typed(event.target));
    byId("add-message").addEventListener("click", () => this.#addMessage());
    byId("back-to-messages").addEventListener("click", () => this.#takeMessages());
    byId("formats").addEventListener("change", (event) => this.#setFormat(event.target.value));
    byId("step-next").addEventListener("click", () => this.#goOn());
    byId("step-back").addEventListener("click", () => this.#go((this.#step ?? 0) - 1));
    byId("step-reset").addEventListener("click", () => this.#go(null));
    byId("step-play").addEventListener("click", () => this.#play());
  }

  translate(t) {
    const isFirst = this.#t === undefined;
    this.#t = t;
    byId("stream-ribbon").setAttribute("aria-label", t.framed_ribbon);
    cutButtons(byId("stream-cuts"), this.#ribbon, t);
    this.#showRows();
    this.#encode(isFirst ? FIRST_CUTS : this.#ribbon.cuts, this.#step);
  }

  /** Shows bytes that somebody has pasted. */
  take(bytes, format) {
    this.#pasted = bytes;
    this.#format = format;
    this.#encode([bytes.length >> 1], null);
    byId("inside").scrollIntoView();
    byId("step-next").focus({ preventScroll: true });
  }

  #takeMessages() {
    this.#pasted = null;
    this.#encode(FIRST_CUTS, null);
    byId("add-message").focus();
  }

  #setFormat(format) {
    this.#format = format;
    this.#encode(this.#ribbon.cuts, null);
  }

  // -- Messages

  #showRows() {
    const t = this.#t;
    const rows = this.#messages.map((message, index) => {
      const input = (name, label) => make("label", {},
        make("span", {}, label),
        make("input", { value: message[name], spellcheck: "false", autocapitalize: "off",
                        "aria-label": t[`${name}_label`](index + 1), "data-index": index,
                        "data-name": name, "aria-describedby": "message-problem" }));
      return make("li", {}, make("b.number", { "aria-hidden": "true" }, String(index + 1)),
        input("header", t.header_column), input("body", t.body_column),
        make("button.remove", { type: "button", "aria-label": t.remove_message(index + 1),
                                disabled: this.#messages.length === 1,
                                onclick: () => this.#removeMessage(index) },
             make("span", { "aria-hidden": "true" }, "✕")));
    });
    byId("message-rows").replaceChildren(...rows);
    byId("add-message").disabled = this.#messages.length >= MOST_MESSAGES;
  }

  #typed(input) {
    if (!(input instanceof HTMLInputElement) || !input.dataset.name) return;
    this.#messages[Number(input.dataset.index)][input.dataset.name] = input.value;
    this.#encode(this.#ribbon.cuts, null);
  }

  #addMessage() {
    this.#messages.push({ header: `{"id":${this.#messages.length + 1}}`, body: "" });
    this.#showRows();
    this.#encode(this.#ribbon.cuts, null);
    byId("message-rows").querySelector("li:last-child [data-name=body]").focus();
  }

  #removeMessage(index) {
    this.#messages.splice(index, 1);
    this.#showRows();
    this.#encode(this.#ribbon.cuts, null);
    byId("add-message").focus();
  }

  /** Makes the stream; what cannot be sent is told, and is not in it. */
  #encode(cuts, step) {
    const t = this.#t;
    const encoder = new TextEncoder();
    const problems = [];
    const made = this.#messages.map(({ header, body }, index) => {
      const result = this.#core.encode(this.#format, encoder.encode(header), encoder.encode(body));
      if ("problem" in result) problems.push({ index, problem: result.problem });
      return result.bytes ?? new Uint8Array();
    });
    this.#bytes = this.#pasted ?? joined(made);
    this.#showSource(problems);
    this.#anatomy = anatomy(this.#core, this.#bytes, this.#format);
    const drawn = this.#bytes.subarray(0, MOST_DRAWN);
    this.#ribbon.show(drawn, this.#anatomy.parts, cuts.filter((at) => at > 0 && at < drawn.length), t);
    const rest = this.#bytes.length - drawn.length;
    byId("stream-rest").textContent = rest === 0 ? "" : t.not_drawn(rest);
    byId("stream-rest").hidden = rest === 0;
    this.#receive(step);
  }

  #showSource(problems) {
    const t = this.#t;
    byId("messages").hidden = this.#pasted !== null;
    byId("pasted-source").hidden = this.#pasted === null;
    if (this.#pasted) byId("pasted-source-text").textContent = t.pasted_source(this.#pasted.length);
    for (const radio of byId("formats").querySelectorAll("input"))
      radio.checked = radio.value === this.#format;
    for (const input of byId("message-rows").querySelectorAll("input"))
      input.setAttribute("aria-invalid",
                         String(problems.some(({ index }) => String(index) === input.dataset.index)));
    byId("message-problem").replaceChildren(...problems.flatMap(({ index, problem }) => [
      make("span", {}, `✗ ${t.not_sent(index + 1)} `),
      make("samp", { lang: "en", translate: "no" }, problem), make("br")]));
  }

  #placeOf(at) {
    const t = this.#t;
    const { parts } = this.#anatomy;
    const nameOf = (part) => t[`part_${part.part}`];
    const inside = parts.find(({ from, to }) => from < at && at < to);
    if (inside?.part === "unread") return t.place_unread;
    if (inside) return t.place_part(inside.frame + 1, nameOf(inside));
    const after = parts.find(({ from }) => from === at);
    const before = parts.find(({ to }) => to === at);
    if (!after || !before || after.frame !== before.frame) return t.place_border;
    return t.place_parts(after.frame + 1, nameOf(before), nameOf(after));
  }

  // -- Step by step

  #receive(step = null) {
    const cuts = this.#ribbon.cuts;
    this.#steps = this.#core.read(this.#bytes, { format: this.#format, cuts }).steps;
    byId("stream-text").textContent = this.#t.stream_text(this.#bytes.length, cuts.length + 1);
    this.#stop();
    this.#go(step !== null && step <= this.#steps.length ? step : null);
  }

  #next() {
    return this.#step === null ? 0 : this.#step + 1;
  }

  #goOn() {
    if (this.#step !== this.#steps.length) this.#go(this.#next());
  }

  #go(step) {
    this.#step = step !== null && step >= 0 && step <= this.#steps.length ? step : null;
    this.#showStep();
  }

  #play() {
    if (this.#timer !== null) {
      this.#stop();
      return this.#showStep();
    }
    const next = () => {
      this.#go(this.#next());
      if (this.#step === null || this.#step === this.#steps.length) this.#stop();
      else this.#timer = setTimeout(next, PLAY_MS);
      this.#showButtons();
    };
    if (this.#step === this.#steps.length) this.#step = null;
    next();
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  #showButtons() {
    const t = this.#t;
    const isPlaying = this.#timer !== null;
    const atEnd = this.#step === this.#steps.length;
    byId("step-play").textContent = isPlaying ? t.step_pause : t.step_play;
    byId("step-play").setAttribute("aria-pressed", String(isPlaying));
    byId("step-next").textContent =
      this.#step === this.#steps.length - 1 ? t.step_finish : t.step_next;
    // Not disabled, which would take away the focus in the middle of steps.
    byId("step-next").setAttribute("aria-disabled", String(atEnd));
    byId("step-back").setAttribute("aria-disabled", String(this.#step === null));
  }

  #showStep() {
    const t = this.#t;
    if (this.#step === null) {
      this.#ribbon.arrived(null);
      this.#showText(t.step_overview(this.#steps.length));
      this.#showLanes({ from: 0, to: 0 }, 0, this.#anatomy.frames, 0);
      this.#showFault(this.#anatomy.fault);
    } else if (this.#step === this.#steps.length) {
      const end = this.#bytes.length;
      const { buffered, fault: before } = this.#steps.at(-1);
      const { fault } = this.#anatomy;
      this.#ribbon.arrived({ from: end, to: end });
      this.#showText(before ? t.step_fault : fault ? t.step_broken : t.step_ended);
      this.#showLanes({ from: end, to: end }, before ? 0 : buffered, this.#anatomy.frames, 0);
      this.#showFault(fault);
    } else {
      const { from, to, frames, buffered, fault } = this.#steps[this.#step];
      const known = this.#steps.slice(0, this.#step).flatMap((step) => step.frames);
      this.#ribbon.arrived({ from, to });
      this.#showText(this.#textOf(known.length));
      this.#showLanes({ from, to }, fault ? 0 : buffered, [...known, ...frames], frames.length);
      this.#showFault(fault);
    }
    this.#showButtons();
  }

  #showText(text) {
    byId("step-text").replaceChildren(...rich(text));
  }

  #textOf(known) {
    const t = this.#t;
    const { from, to, frames, buffered, fault } = this.#steps[this.#step];
    const said = [t.step_brings(this.#step + 1, to - from)];
    if (frames.length !== 0 || !fault) said.push(t.step_frames(frames.map((_, i) => known + i + 1)));
    if (fault) said.push(t.step_fault);
    else if (buffered === 0) said.push(t.step_empty);
    else said.push(t.step_keeps(buffered, this.#keptOf(known + frames.length, buffered, to)));
    return t.sentences(said);
  }

  /** What of its next frame the buffer holds, when `known` are whole and the stream has come up to there. */
  #keptOf(known, buffered, to) {
    const t = this.#t;
    if (buffered < PREFIX_SIZE) return t.kept_length(buffered);
    const header = this.#core.headerLength(this.#format, this.#bytes.subarray(to - buffered));
    const had = buffered - PREFIX_SIZE;
    if (had < header) return t.kept_header(had, header);
    return t.kept_body(had - header, this.#anatomy.seen[known].bodySize);
  }

  #showLanes({ from, to }, buffered, frames, fresh) {
    const t = this.#t;
    const lane = (id, start, end) => {
      const drawn = this.#bytes.subarray(start, Math.min(end, start + LANE_DRAWN));
      const cells = cellsOf(drawn, this.#anatomy.parts, t, start);
      if (end - start > LANE_DRAWN) cells.push(make("span.hint", {}, t.not_drawn(end - start - LANE_DRAWN)));
      cells.at(0)?.classList.add("first");
      cells.at(-1)?.classList.add("last");
      byId(id).replaceChildren(...(cells.length === 0 ? [make("span.nothing", {}, t.lane_nothing)] : cells));
    };
    lane("lane-recv", from, to);
    lane("lane-buffer", to - buffered, to);
    const items = frameItems(frames, t);
    for (const item of items.slice(frames.length - fresh)) item.classList.add("fresh");
    if (items.length === 0) items.push(make("li.nothing", {}, t.lane_nothing));
    byId("lane-frames").replaceChildren(...items);
  }

  #showFault(fault) {
    byId("step-fault").replaceChildren(
      ...(fault ? [faultView(this.#core, this.#bytes, fault, this.#t)] : []));
  }
}
