// SPDX-License-Identifier: MIT
// Elements, and text in them. Whatever comes from outside is only ever text.

/**
 * @param {string} tag "p.score"
 * @param {Record<string, unknown>} attributes `on...` are listeners
 * @param {(Node | string)[]} children
 */
export function make(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null) element.setAttribute(key, String(value));
  }
  element.append(...children);
  return element;
}

export const byId = (id) => document.getElementById(id);

/** The nodes of a text of texts.js: `code` and **strong**. */
export function rich(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).filter((part) => part !== "").map((part) => {
    if (part.startsWith("`")) return make("code", {}, part.slice(1, -1));
    if (part.startsWith("**")) return make("strong", {}, part.slice(2, -2));
    return part;
  });
}

const decoder = new TextDecoder();

/** Bytes as text in which everything is visible and nothing turns the line around. */
export function visible(bytes) {
  return decoder.decode(bytes).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (letter) => {
    if (letter === "\n") return "\\n";
    if (letter === "\r") return "\\r";
    if (letter === "\t") return "\\t";
    return `\\u{${letter.codePointAt(0).toString(16)}}`;
  });
}

const MOST_LETTERS = 400;

/** As visible, in an element, cut off where it is long. */
export function quoted(bytes) {
  const text = visible(bytes.subarray(0, 4 * MOST_LETTERS));
  const short = text.slice(0, MOST_LETTERS);
  const cut = short.length < text.length || bytes.length > 4 * MOST_LETTERS;
  return make("code.quoted", { translate: "no", dir: "ltr" }, cut ? `${short}…` : short);
}
