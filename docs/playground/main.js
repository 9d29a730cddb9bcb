// SPDX-License-Identifier: MIT
// The page: its parts, and the language that they speak.
import { loadCore } from "./core.js";
import { byId, rich } from "./dom.js";
import { Identify } from "./identify.js";
import { Lesson } from "./lesson.js";
import { preferredLanguage, texts } from "./texts.js";
import { Workbench } from "./workbench.js";

const TAGS = { en: "en", zh: "zh-CN" };

function translatePage(language, core) {
  const t = texts[language];
  document.documentElement.lang = TAGS[language];
  document.title = t.page_title;
  for (const element of document.querySelectorAll("[data-text]"))
    element.replaceChildren(...rich(t[element.dataset.text]));
  for (const element of document.querySelectorAll("[data-label]"))
    element.setAttribute("aria-label", t[element.dataset.label]);
  for (const button of byId("languages").children)
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  byId("footer").textContent = t.footer(core.version, core.size);
}

const core = await loadCore();
const workbench = new Workbench(core);
const parts = [
  new Lesson(core),
  workbench,
  new Identify(core, (bytes, format) => workbench.take(bytes, format)),
];

function speak(language) {
  translatePage(language, core);
  for (const part of parts) part.translate(texts[language]);
}

byId("languages").addEventListener("click", (event) => {
  if (event.target.dataset.language) speak(event.target.dataset.language);
});
speak(preferredLanguage(navigator.languages));
document.documentElement.dataset.ready = "";

// For those who look into the page with their browser's console.
window.framing = core;
