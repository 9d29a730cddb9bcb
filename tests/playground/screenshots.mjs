// SPDX-License-Identifier: MIT
// Takes pictures of the page for people to look at. Run by run.sh.
import { mkdirSync } from "node:fs";
import { examples } from "../../docs/playground/examples.js";
import { DESKTOP, PHONE, start, stop, withPage } from "./browser.mjs";

const [folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

async function take(name, options) {
  await withPage({ still: true, ...options }, async (page) => {
    const shoot = (part, id) => page.$(id).then((element) =>
      element.screenshot({ path: `${folder}/${name}-${part}.png` }));
    await page.screenshot({ path: `${folder}/${name}.png` });
    await shoot("1", "#lesson");
    await page.click("#step-next");
    await page.click("#step-next");
    await shoot("2", "#inside");
    await page.$eval("#paste", (input, text) => {
      input.value = text;
      input.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }, examples.example_pack);
    await shoot("3", "#identify");
  });
}

await start();
try {
  for (const [device, viewport] of [["desktop", DESKTOP], ["phone", PHONE]])
    for (const language of ["en", "zh"])
      for (const scheme of ["light", "dark"])
        await take(`${device}-${language}-${scheme}`, { viewport, language, scheme });
} finally {
  await stop();
}
