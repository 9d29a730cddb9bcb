// SPDX-License-Identifier: MIT
// Writes a page with its style sheet and its script inside, and allows it nothing else.
//
//   node inline.mjs index.html FOLDER_OF_WHAT_IT_NAMES
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [source, folder] = process.argv.slice(2);

const textOf = (name) => readFileSync(join(folder, name), "utf8").trim();
const hashOf = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const style = textOf("style.css");
const script = textOf("main.js");
const policy = [
  "default-src 'none'", // no request at all
  "base-uri 'none'",
  "form-action 'none'",
  "img-src data:", // the icon
  `style-src ${hashOf(style)}`,
  `script-src ${hashOf(script)} 'wasm-unsafe-eval'`,
].join("; ");

const replacements = [
  ['<meta charset="utf-8">',
   `<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="${policy}">`],
  ['<link rel="stylesheet" href="style.css">', `<style>${style}</style>`],
  ['<script type="module" src="main.js"></script>', `<script type="module">${script}</script>`],
];

let page = readFileSync(source, "utf8");
for (const [from, to] of replacements) {
  if (!page.includes(from)) throw new Error(`${source} does not have ${from}`);
  page = page.replace(from, () => to);
}
process.stdout.write(page);
