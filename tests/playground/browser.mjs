// SPDX-License-Identifier: MIT
// The page as docs/playground/run.sh serves it, in headless Chromium.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const packages = createRequire(`${ROOT}build/playground/packages/`);
const puppeteer = packages("puppeteer-core");

export const axeSource = packages("axe-core").source;

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

let browser;
let server;
export let address;

/** Starts both; what a test has to do before all else. */
export async function start() {
  server = spawn("docs/playground/run.sh", ["--no-install"],
                 { cwd: ROOT, stdio: ["ignore", "pipe", "ignore"] });
  const lines = createInterface(server.stdout);
  await new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      address = /http:\/\/127\.0\.0\.1:\d+\//.exec(line)?.[0];
      if (address) resolve();
    });
    lines.once("close", () => reject(new Error("run.sh says no address")));
  });
  browser = await puppeteer.launch({
    executablePath: "/usr/bin/chromium", // Debian's
    // Root has no sandbox; what is opened is our own page.
    args: process.getuid() === 0 ? ["--no-sandbox"] : [],
  });
}

export async function stop() {
  await browser?.close();
  if (server && server.exitCode === null) {
    server.kill();
    await once(server, "exit");
  }
}

/**
 * Opens the page, and closes it after `use`; then nothing but the page itself was asked for, and
 * nothing went wrong in it.
 *
 * @param {object} options
 * @param {string} [options.language] of the browser
 * @param {"light" | "dark"} [options.scheme]
 * @param {boolean} [options.still] who wants no motion
 * @param {object} [options.viewport]
 * @param {(page: import("puppeteer-core").Page) => Promise<void>} use
 */
export async function withPage(
  { language = "en-US", scheme = "light", still = false, viewport = DESKTOP }, use) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    const requests = [];
    const problems = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => {
      if (["error", "warn"].includes(message.type())) problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(String(error.stack ?? error)));
    const session = await page.createCDPSession();
    const userAgent = await browser.userAgent();
    await session.send("Emulation.setUserAgentOverride", { userAgent, acceptLanguage: language });
    await page.emulateMediaFeatures([
      { name: "prefers-color-scheme", value: scheme },
      { name: "prefers-reduced-motion", value: still ? "reduce" : "no-preference" },
    ]);
    await page.setViewport(viewport);
    await page.goto(address);
    await page.waitForSelector("html[data-ready]");
    await use(page);
    assert.deepEqual(problems, []);
    assert.deepEqual(requests.filter((url) => !url.startsWith("data:image/svg+xml")), [address]);
  } finally {
    await context.close();
  }
}

/** The text of each element, white space made one. */
export const textsOf = (page, selector) => page.$$eval(
  selector, (all) => all.map((one) => one.textContent.replace(/\s+/g, " ").trim()));
export const textOf = async (page, selector) => (await textsOf(page, selector))[0];

/** What a cut is dragged by. */
export async function knobOf(page, ribbon, index) {
  const [handle] = (await page.$$(`#${ribbon} .cut`)).slice(index, index + 1);
  const box = await handle.evaluate((element) => {
    element.scrollIntoView({ block: "center" });
    const { left, bottom, width } = element.getBoundingClientRect();
    return { x: left + width / 2, y: bottom - 10 };
  });
  return box;
}

/** The left border of a byte, in the middle of its height. */
export const borderOf = (page, ribbon, at) => page.$$eval(`#${ribbon} .byte`, (bytes, index) => {
  const box = bytes[index].getBoundingClientRect();
  return { x: box.left + 2, y: (box.top + box.bottom) / 2 };
}, at);

export const cutsOf = (page, ribbon) => page.$$eval(
  `#${ribbon} .cut`, (all) => all.map((cut) => Number(cut.getAttribute("aria-valuenow"))));
