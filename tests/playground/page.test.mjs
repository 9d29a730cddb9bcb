// SPDX-License-Identifier: MIT
// What people do with the page, each way of it. Run by run.sh.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { examples } from "../../docs/playground/examples.js";
import { DESKTOP, PHONE, address, axeSource, borderOf, cutsOf, knobOf, start, stop, textOf, textsOf, withPage }
  from "./browser.mjs";

before(start, { timeout: 300_000 });
after(stop);

/** The bytes of a ribbon. */
const bytesOf = async (page, selector) => (await textsOf(page, `${selector} .hex`)).join(" ");

async function write(page, selector, text) {
  await page.$eval(selector, (input) => input.select());
  await page.keyboard.press("Backspace");
  await page.type(selector, text);
}

async function paste(page, text) {
  await page.$eval("#paste", (input, value) => {
    input.value = value;
    input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }, text);
}

const verdict = (page) => textOf(page, "#result .verdict");

test("the page begins in the browser's language", async () => {
  for (const [language, tag, title] of [["en-GB", "en", /TCP delivers bytes/], ["zh-CN,zh", "zh-CN", /送到的是字节/],
                                        ["fr,zh-TW", "zh-CN", /字节/], ["de", "en", /bytes/]])
    await withPage({ language }, async (page) => {
      assert.equal(await page.$eval("html", (html) => html.lang), tag);
      assert.match(await textOf(page, "h1"), title);
    });
});

test("the language is switched, and what was done stays", async () => {
  await withPage({}, async (page) => {
    await write(page, "#message-rows [data-name=body]", "hi");
    await paste(page, "GET / HTTP/1.1");
    await page.click("[data-language=zh]");
    assert.match(await textOf(page, "h1"), /字节/);
    assert.equal(await page.title(), "粘包，以及解决办法");
    assert.match(await verdict(page), /HTTP/);
    assert.match(await verdict(page), /对方/);
    assert.equal(await page.$eval("#message-rows [data-name=body]", (input) => input.value), "hi");
    const words = await page.evaluate(() => document.body.innerText);
    assert.doesNotMatch(words, /undefined|NaN|\[object/);
    await page.click("[data-language=en]");
    assert.match(await textOf(page, "h1"), /bytes/);
  });
});

test("it begins with the problem, and the cure beside it", async () => {
  await withPage({}, async (page) => {
    assert.deepEqual(await textsOf(page, "#bare-pieces code"), ["hellohow", "are you?fi", "ne"]);
    assert.deepEqual(await textsOf(page, "#bare-pieces .verdict"),
                     ["✗ stuck together, and torn", "✗ stuck together, and torn", "✗ torn"]);
    assert.match(await textOf(page, "#bare-score"), /^0 of 3 /);
    assert.deepEqual(await textsOf(page, "#cure-pieces code"), ["hello", "how are you?", "fine"]);
    assert.match(await textOf(page, "#cure-score"), /^3 of 3 /);
    const [bare, cure] = await page.$$eval(".side", (sides) => sides.map((one) => one.getBoundingClientRect().top));
    assert.equal(bare, cure);
  });
});

test("each recv has its name below the stream, also a short one at the end", async () => {
  for (const viewport of [DESKTOP, PHONE])
    await withPage({ viewport }, async (page) => {
      const names = await page.$$eval("#bare-ribbon [data-recv]", (bytes) => bytes.map((byte) => byte.dataset.recv));
      assert.deepEqual(names, ["1", "2", "3"]);
    });
});

test("a phone is told what fingers do, and nothing of keys", async () => {
  for (const [viewport, seen, unseen] of [[DESKTOP, /arrow keys/, /Tap/], [PHONE, /Tap/, /keys/]])
    await withPage({ viewport }, async (page) => {
      const words = await page.$eval("#lesson .tape", (tape) => tape.innerText);
      assert.match(words, seen);
      assert.doesNotMatch(words, unseen);
    });
});

test("a cut is dragged by the mouse", async () => {
  await withPage({}, async (page) => {
    const knob = await knobOf(page, "bare-ribbon", 0);
    const to = await borderOf(page, "bare-ribbon", 5);
    await page.mouse.move(knob.x, knob.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 12 });
    await page.mouse.up();
    assert.deepEqual(await cutsOf(page, "bare-ribbon"), [5, 19]);
    assert.deepEqual(await textsOf(page, "#bare-pieces .verdict"),
                     ["✓ whole, by luck", "✗ stuck together, and torn", "✗ torn"]);
    assert.match(await textOf(page, "#cure-score"), /^3 of 3 /);
    // The mouse that is let go moves nothing.
    await page.mouse.move(to.x + 200, to.y);
    assert.deepEqual(await cutsOf(page, "bare-ribbon"), [5, 19]);
    // One that leaves the ribbon goes on, and can be let go there.
    const again = await knobOf(page, "bare-ribbon", 0);
    await page.mouse.move(again.x, again.y);
    await page.mouse.down();
    await page.mouse.move(again.x, again.y + 250, { steps: 3 });
    const beside = await borderOf(page, "bare-ribbon", 8);
    await page.mouse.move(beside.x, beside.y + 250, { steps: 3 });
    await page.mouse.up();
    await page.mouse.move(again.x, again.y);
    assert.deepEqual(await cutsOf(page, "bare-ribbon"), [8, 19]);
  });
});

test("a cut is dragged across rows, and never past another", async () => {
  await withPage({}, async (page) => {
    const knob = await knobOf(page, "stream-ribbon", 0);
    for (const [at, expected] of [[55, [55, 72]], [90, [71, 72]], [3, [3, 72]]]) {
      const from = at === 55 ? knob : await knobOf(page, "stream-ribbon", 0);
      await page.mouse.move(from.x, from.y);
      await page.mouse.down();
      const to = await borderOf(page, "stream-ribbon", at);
      await page.mouse.move(to.x, to.y, { steps: 20 });
      // Where it goes bytes move up, so that the pointer has to follow them.
      for (let i = 0; i < 3; ++i) {
        const now = await borderOf(page, "stream-ribbon", at);
        await page.mouse.move(now.x, now.y);
      }
      await page.mouse.up();
      assert.deepEqual(await cutsOf(page, "stream-ribbon"), expected);
    }
  });
});

test("a cut is moved, made and taken away by the keyboard alone", async () => {
  await withPage({}, async (page) => {
    await page.focus("#bare-ribbon .cut");
    for (let i = 0; i < 4; ++i) await page.keyboard.press("ArrowLeft");
    assert.deepEqual(await cutsOf(page, "bare-ribbon"), [5, 19]);
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-valuetext")),
                 "after byte 5 of 21, between two messages");
    await page.keyboard.press("Home");
    assert.deepEqual(await cutsOf(page, "bare-ribbon"), [1, 19]);
    await page.keyboard.press("PageUp");
    assert.deepEqual(await cutsOf(page, "bare-ribbon"), [9, 19]);
    await page.keyboard.press("End");
    assert.deepEqual(await cutsOf(page, "bare-ribbon"), [18, 19]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Delete");
    assert.deepEqual(await cutsOf(page, "bare-ribbon"), [18]);
    await page.keyboard.press("Delete");
    assert.deepEqual(await textsOf(page, "#bare-pieces code"), ["hellohow are you?fine"]);
    await page.keyboard.press("Tab"); // the buttons follow
    await page.keyboard.press("Enter");
    assert.deepEqual(await cutsOf(page, "bare-ribbon"), [10]);
  });
});

test("a click between two bytes cuts there", async () => {
  await withPage({}, async (page) => {
    const at = await borderOf(page, "bare-ribbon", 17);
    await page.mouse.click(at.x, at.y);
    assert.deepEqual(await cutsOf(page, "bare-ribbon"), [9, 17, 19]);
  });
});

test("the buttons cut", async () => {
  await withPage({}, async (page) => {
    const press = (index) => page.click(`#bare-cuts button:nth-child(${index})`);
    await press(4);
    assert.equal((await cutsOf(page, "bare-ribbon")).length, 20);
    assert.match(await textOf(page, "#cure-score"), /^3 of 3 /);
    await press(3);
    const cuts = await cutsOf(page, "bare-ribbon");
    assert.ok(cuts.length >= 1 && cuts.length <= 4);
    await press(2);
    assert.equal((await cutsOf(page, "bare-ribbon")).length, cuts.length - 1);
    assert.match(await textOf(page, "#cure-score"), /^3 of 3 /);
  });
});

test("a cut is dragged by a finger on a phone, and the page does not scroll with it", async () => {
  await withPage({ viewport: PHONE }, async (page) => {
    const knob = await knobOf(page, "bare-ribbon", 0);
    const to = await borderOf(page, "bare-ribbon", 5);
    const top = await page.evaluate(() => window.scrollY);
    await page.touchscreen.touchStart(knob.x, knob.y);
    for (let i = 1; i <= 10; ++i)
      await page.touchscreen.touchMove(knob.x + (to.x - knob.x) * i / 10, knob.y + (to.y - knob.y) * i / 10);
    await page.touchscreen.touchEnd();
    assert.deepEqual(await cutsOf(page, "bare-ribbon"), [5, 19]);
    assert.equal(await page.evaluate(() => window.scrollY), top);
    // Nor where the finger goes straight down first, as if to scroll.
    const again = await knobOf(page, "bare-ribbon", 0);
    const there = await page.evaluate(() => window.scrollY);
    const below = await borderOf(page, "bare-ribbon", 16);
    await page.touchscreen.touchStart(again.x, again.y);
    for (let i = 1; i <= 10; ++i)
      await page.touchscreen.touchMove(again.x, again.y + (below.y - again.y) * i / 10);
    await page.touchscreen.touchMove(below.x, below.y);
    await page.touchscreen.touchEnd();
    assert.equal(await page.evaluate(() => window.scrollY), there);
    const [moved] = await cutsOf(page, "bare-ribbon");
    assert.ok(moved > 11, `at ${moved}`);
  });
});

test("a tap between two bytes cuts there", async () => {
  await withPage({ viewport: PHONE }, async (page) => {
    await knobOf(page, "bare-ribbon", 1); // comes into view
    const tapped = await borderOf(page, "bare-ribbon", 17);
    await page.touchscreen.tap(tapped.x, tapped.y);
    await page.waitForFunction(() => document.querySelectorAll("#bare-ribbon .cut").length === 3);
    assert.deepEqual(await cutsOf(page, "bare-ribbon"), [9, 17, 19]);
  });
});

test("what is typed is on the wire", async () => {
  await withPage({}, async (page) => {
    while ((await page.$$("#message-rows li")).length > 1) await page.click("#message-rows li .remove");
    await write(page, "#message-rows [data-name=header]", "{}");
    await write(page, "#message-rows [data-name=body]", "hello");
    const frame = "00 00 00 0f 7b 22 62 6f 64 79 5f 73 69 7a 65 22 3a 35 7d 68 65 6c 6c 6f";
    assert.equal(await bytesOf(page, "#stream-ribbon"), frame);
    assert.deepEqual(await textsOf(page, "#lane-frames code"), ['{"body_size":5}', "hello"]);
    await write(page, "#message-rows [data-name=body]", "");
    assert.equal(await bytesOf(page, "#stream-ribbon"), "00 00 00 02 7b 7d");
    await page.click("#add-message");
    await page.keyboard.type("你");
    assert.deepEqual((await textsOf(page, "#lane-frames code")).slice(1), ['{"body_size":3,"id":2}', "你"]);
    await page.click("[value=lesson]");
    assert.ok((await bytesOf(page, "#stream-ribbon")).startsWith("0f 00 00 00 7b 22 64 61 74 61"));
    assert.deepEqual((await textsOf(page, "#lane-frames code")).slice(1), ['{"data_size":3,"id":2}', "你"]);
  });
});

test("a header that cannot be sent is told of in the core's words, and the others are sent", async () => {
  await withPage({}, async (page) => {
    await write(page, "#message-rows li:nth-child(2) [data-name=header]", '{"id":02}');
    assert.equal(await textOf(page, "#message-problem samp"),
                 "invalid_header: frame 0 at offset 0: the header is not one strict JSON object in UTF-8, " +
                 "at its byte 7 of 9");
    assert.equal(await page.$eval("#message-rows li:nth-child(2) [data-name=header]",
                                  (input) => input.getAttribute("aria-invalid")), "true");
    assert.equal((await page.$$("#lane-frames li")).length, 2);
    await write(page, "#message-rows li:nth-child(2) [data-name=header]", '{"body_size":7}');
    assert.equal(await textOf(page, "#message-problem samp"),
                 "body_size_mismatch: body_size differs from the size of the body");
    await write(page, "#message-rows li:nth-child(2) [data-name=header]", '{"body_size":12}');
    assert.equal(await textOf(page, "#message-problem"), "");
    assert.equal((await page.$$("#lane-frames li")).length, 3);
  });
});

test("a stream of nothing can be cut and received, too", async () => {
  await withPage({}, async (page) => {
    while ((await page.$$("#message-rows li")).length > 1) await page.click("#message-rows li .remove");
    await write(page, "#message-rows [data-name=header]", "{");
    for (const button of [1, 2, 3, 4, 2, 1]) {
      await page.click(`#stream-cuts button:nth-child(${button})`);
      assert.deepEqual(await cutsOf(page, "stream-ribbon"), []);
      await page.click("#step-next");
      await page.click("#step-next");
      assert.match(await textOf(page, "#step-text"), /clean end/);
    }
  });
});

test("any stream is cut at random and received to its end", { timeout: 120_000 }, async () => {
  const streams = ["", "00 00 00 02 7b 7d", "00 00 00 02 7b 7d 47 45 54 20 2f", "00 00 00 02 7b 3d"];
  for (const file of ["several-frames", "truncated", "error-order", "strangers", "length"])
    for (const { stream } of JSON.parse(readFileSync(new URL(`../vectors/${file}.json`, import.meta.url))).vectors)
      streams.push(...[stream].flat(9).flatMap((piece) => piece?.hex ?? []));
  await withPage({}, async (page) => {
    const said = await page.evaluate((all) => {
      const click = (selector) => document.querySelector(selector).click();
      const paste = document.getElementById("paste");
      const ends = new Set();
      for (const hex of all) {
        // A frame before it, so that there is something to be right.
        paste.value = `00 00 00 0f 7b 22 62 6f 64 79 5f 73 69 7a 65 22 3a 32 7d 68 69 ${hex}`;
        paste.dispatchEvent(new InputEvent("input"));
        click("#result-ribbons .main");
        for (const button of [3, 4]) {
          click(`#stream-cuts button:nth-child(${button})`);
          const steps = document.querySelectorAll("#stream-ribbon .cut").length + 2;
          for (let i = 0; i < steps; ++i) click("#step-next");
          const text = document.getElementById("step-text").textContent;
          if (/undefined|NaN/.test(document.getElementById("inside").textContent)) ends.add(`${hex}: ${text}`);
          ends.add(text);
        }
      }
      return [...ends].sort();
    }, streams);
    assert.deepEqual(said, ["The stream ends between two frames: a clean end.", "The stream ends inside a frame.",
                            "The stream is at fault, and ends here: nothing behind it is read."]);
  });
});

test("each recv is a step: what it brings, what is kept, which frames are whole", async () => {
  await withPage({}, async (page) => {
    const step = async () => {
      await page.click("#step-next");
      return textOf(page, "#step-text");
    };
    assert.equal(await step(), "recv 1 brings 20 bytes. No frame is whole. 20 bytes stay in the buffer: " +
                               "a length, and 16 of the 22 bytes of its header.");
    assert.equal((await page.$$("#stream-ribbon .pending")).length, 80);
    assert.equal((await page.$$("#lane-buffer .byte")).length, 20);
    assert.equal(await step(), "recv 2 brings 52 bytes. That makes frames 1 and 2 whole. 2 bytes stay in the " +
                               "buffer: 2 of the 4 bytes of a length.");
    assert.equal((await page.$$("#lane-recv .byte")).length, 52);
    assert.equal(await bytesOf(page, "#lane-buffer"), "00 00");
    assert.equal(await step(), "recv 3 brings 28 bytes. That makes frame 3 whole. Nothing is left over.");
    assert.equal(await textOf(page, "#step-next"), "End of stream");
    assert.equal(await step(), "The stream ends between two frames: a clean end.");
    assert.equal((await page.$$("#lane-frames li")).length, 3);
    assert.equal(await step(), "The stream ends between two frames: a clean end.");
    for (let i = 0; i < 3; ++i) await page.click("#step-back");
    assert.match(await textOf(page, "#step-text"), /^recv 1 /);
    await page.click("#step-reset");
    assert.match(await textOf(page, "#step-text"), /3 calls of recv/);
    assert.equal((await page.$$("#stream-ribbon .pending")).length, 0);
  });
});

test("at each byte it is told what is still to come", async () => {
  await withPage({}, async (page) => {
    await paste(page, `b'\\x00\\x00\\x00\\x0f{"body_size":5}hello'`);
    await page.click("#result-ribbons .main");
    await page.click("#stream-cuts button:nth-child(4)");
    for (let had = 1; had <= 24; ++had) {
      await page.click("#step-next");
      const kept = had < 4 ? `${had} of the 4 bytes of a length` :
        had < 19 ? `a length, and ${had - 4} of the 15 bytes of its header` :
        `a length, its header, and ${had - 19} of the 5 bytes of the body`;
      const bytes = had === 1 ? "1 byte stays" : `${had} bytes stay`;
      assert.equal(await textOf(page, "#step-text"), `recv ${had} brings 1 byte. ` + (had === 24 ?
        "That makes frame 1 whole. Nothing is left over." :
        `No frame is whole. ${bytes} in the buffer: ${kept}.`));
    }
  });
});

test("the steps play to the end, and can be stopped", async () => {
  await withPage({}, async (page) => {
    await page.click("#step-play");
    assert.match(await textOf(page, "#step-text"), /^recv 1 /);
    await page.click("#step-play");
    assert.equal(await page.$eval("#step-play", (button) => button.getAttribute("aria-pressed")), "false");
    await page.click("#step-play");
    await page.waitForFunction(() => document.getElementById("step-text").textContent.includes("clean end"),
                               { timeout: 20_000 });
    assert.equal(await textOf(page, "#step-play"), "Play");
  });
});

const VERDICTS = {
  example_dump: [/^A hex dump, 37 bytes$/, /^✓ 2 whole frames in the format standard\. Nothing is wrong\.$/],
  example_base64: [/^Base64, 24 bytes$/, /^✓ One whole frame in the format standard\. Nothing is wrong\.$/],
  example_python: [/^A Python literal, 24 bytes$/, /little-endian/, "header_too_large"],
  example_pack: [/^Python with struct.pack, 24 bytes$/, /little-endian/, "header_too_large"],
  example_counts_body: [/^A Python literal, 24 bytes$/, /very first one/, "invalid_header"],
  example_no_size: [/^A Python literal, 31 bytes$/, /^✗ One whole frame, and then a fault/, "header_too_large"],
  example_cut_off: [/^Hexadecimal digits, 21 bytes$/, /very first one/, "truncated"],
  example_http: [/^Text, /, /this is HTTP/, "header_too_large"],
  example_tls: [/^Hexadecimal digits, /, /this is TLS/, "header_too_large"],
  example_ssh: [/^Text, /, /this is SSH/, "header_too_large"],
};

test("each example is pasted, named, and told what is wrong with it", async () => {
  assert.deepEqual(Object.keys(VERDICTS), Object.keys(examples));
  for (const language of ["en", "zh"])
    await withPage({ language }, async (page) => {
      for (const [index, [kind, said, code]] of Object.values(VERDICTS).entries()) {
        await page.click(`#examples button:nth-child(${index + 1})`);
        if (language === "en") {
          assert.match(await textOf(page, "#result .is"), kind);
          assert.match(await verdict(page), said);
        }
        assert.equal(await textOf(page, "#result .fault-name code"), code);
        const words = new RegExp(`^${code}: frame \\d+ at offset \\d+: `);
        if (code) assert.match(await textOf(page, "#result .core samp"), words);
        assert.doesNotMatch(await page.$eval("#identify", (part) => part.innerText), /undefined|NaN|\[object/);
      }
    });
});

test("a little-endian peer is named, told how to mend it, and read by the other format", async () => {
  await withPage({}, async (page) => {
    await paste(page, examples.example_python);
    const said = await page.$eval("#result", (result) => result.innerText);
    assert.match(said, /The bytes 0f 00 00 00 are 15 in little-endian order/);
    assert.match(said, /struct\.pack\('!I', n\)/);
    assert.ok(said.includes("header_too_large: frame 0 at offset 0: the header length is 251658240, above the limit " +
                            "of 65536: 15 in little-endian order"));
    assert.match(await textOf(page, ".other"), /^Read in the format lesson it is one whole frame/);
    assert.deepEqual(await textsOf(page, "#result-ribbons .frames code"), ['{"data_size":5}', "hello"]);
    await paste(page, "struct.pack('i', len(header))");
    assert.deepEqual((await textsOf(page, "#result .note")).length, 2);
    assert.match(await textOf(page, "#result .note"), /order of this machine.*struct\.pack\('!I', …\)/);
    await paste(page, "struct.unpack('i', sock.recv(4))");
    assert.deepEqual(await textsOf(page, "#result > *"), ["Python with struct.pack",
      "struct.unpack('i', …) works in the order of this machine, which is little-endian on all usual ones. " +
      "The length is sent big-endian: write struct.unpack('!I', …)."]);
    assert.equal(await page.$("#result-ribbons > *"), null);
  });
});

test("a fault is marked at its very byte", async () => {
  await withPage({}, async (page) => {
    for (const [text, good, bad] of [['{"a":01}', 6, 2], ['{"body_size":5}hello', 15, 5], ['{"body_size":-1}', 13, 3],
                                     ['{"a', 0, 3]]) {
      await paste(page, `00 00 00 ${text.length.toString(16).padStart(2, "0")} ${Buffer.from(text).toString("hex")}`);
      assert.equal((await page.$$("#result-ribbons .header:not(.wrong)")).length, good, text);
      assert.equal((await page.$$("#result-ribbons .header.wrong")).length, bad, text);
    }
  });
});

test("what is pasted is gone through step by step, and the messages come back", async () => {
  await withPage({}, async (page) => {
    await paste(page, examples.example_python);
    await page.click("#result-ribbons .tape:last-child .main");
    assert.match(await textOf(page, "#pasted-source"), /24 bytes/);
    assert.equal(await page.$eval("[value=lesson]", (radio) => radio.checked), true);
    assert.equal(await page.evaluate(() => document.activeElement.id), "step-next");
    await page.keyboard.press("Enter");
    assert.match(await textOf(page, "#step-text"), /^recv 1 brings 12 bytes\. No frame is whole/);
    await page.keyboard.press("Enter");
    assert.deepEqual(await textsOf(page, "#lane-frames code"), ['{"data_size":5}', "hello"]);
    await page.click("[value=standard]");
    assert.equal(await textOf(page, "#step-fault .fault-name code"), "header_too_large");
    await page.click("#back-to-messages");
    await page.click("[value=standard]");
    assert.equal((await page.$$("#lane-frames li")).length, 3);
    assert.equal(await page.$("#step-fault .fault"), null);
  });
});

test("what comes from outside is text, whatever it holds", async () => {
  await withPage({}, async (page) => {
    const evil = `<img src="${address}evil" onerror="document.title='evil'"><script>document.title='evil'</script>`;
    await write(page, "#message-rows [data-name=body]", evil);
    await write(page, "#message-rows [data-name=header]", `{"x":"${evil.replaceAll('"', "'")}"}`);
    assert.equal((await textsOf(page, "#lane-frames code"))[1], evil);
    for (const text of [evil, "\0\0\0\x02{}" + evil, `b'\\x00\\x00\\x00\\x02{}${evil}'`, `00000000: ${evil}`]) {
      await paste(page, text);
      assert.equal(await page.$("main img, main script, main a"), null);
    }
    // Nor does it turn the line around, or hide.
    const row = "#message-rows [data-name=body]";
    await page.$eval(row, (input) => {
      input.value = "a\u202eb\u200b\u0085c";
      input.dispatchEvent(new InputEvent("input", { bubbles: true }));
    });
    assert.equal((await textsOf(page, "#lane-frames code"))[1], "a\\u{202e}b\\u{200b}\\u{85}c");
    assert.notEqual(await page.title(), "evil");
  });
});

test("a large stream is read whole and drawn in part", async () => {
  await withPage({}, async (page) => {
    const body = "x".repeat(100_000);
    await paste(page, `b'\\x00\\x00\\x00\\x14{"body_size":100000}${body}\\x00\\x00\\x00\\x02{}'`);
    assert.match(await verdict(page), /^✓ 2 whole frames/);
    await page.click("#result-ribbons .main");
    assert.match(await textOf(page, "#stream-rest"), /more bytes/);
    for (let i = 0; i < 3; ++i) await page.click("#step-next");
    assert.match(await textOf(page, "#step-text"), /clean end/);
  });
});

test("of many frames the first are shown, and the others counted", async () => {
  await withPage({}, async (page) => {
    await paste(page, "000000027b7d".repeat(20_000));
    assert.match(await verdict(page), /^✓ 20000 whole frames/);
    assert.equal(await textOf(page, "#result-ribbons .frames li:last-child"), "19950 more frames are not shown.");
    await page.click("#result-ribbons .main");
    for (let i = 0; i < 2; ++i) await page.click("#step-next");
    assert.equal((await page.$$("#lane-frames li")).length, 51);
  });
});

test("the page stands the rules of accessibility in both languages, light and dark, large and small", async () => {
  for (const language of ["en", "zh"])
    for (const scheme of ["light", "dark"])
      for (const viewport of [DESKTOP, PHONE])
        await withPage({ language, scheme, viewport }, async (page) => {
          await paste(page, examples.example_python);
          await page.$eval("#step-next", (button) => button.click());
          await page.$$eval("details", (all) => all.forEach((one) => (one.open = true)));
          await page.evaluate(axeSource);
          // A byte's pattern has two colours, each of which is held to the same by its own test.
          const { violations, incomplete } = await page.evaluate(() => window.axe.run(document, {
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
          }));
          const told = (found) => found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) =>
            `${html} ${failureSummary}`).slice(0, 3).join("; ")}`);
          assert.deepEqual(told(violations), []);
          // A sign that is hidden from who hears the label is not part of it.
          const judged = incomplete.filter(({ id }) => !["color-contrast", "label-content-name-mismatch"].includes(id));
          assert.deepEqual(told(judged), []);
        });
});

test("every pair of colours has a contrast of 4.5", async () => {
  for (const scheme of ["light", "dark"])
    await withPage({ scheme }, async (page) => {
      const colours = await page.evaluate(() => {
        const style = getComputedStyle(document.documentElement);
        const names = ["page", "paper", "ink", "soft", "accent", "on-accent", "fine", "broken", "broken-tint", "line"];
        for (const index of [0, 1, 2, 3, 4]) names.push(`strong-${index}`, `tint-${index}`);
        return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
      });
      const light = (hex) => {
        const digits = hex.length === 4 ? [...hex.slice(1)].map((one) => one + one) : hex.slice(1).match(/../g);
        const [r, g, b] = digits.map((pair) => parseInt(pair, 16) / 255)
          .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const pairs = ["page", "paper", "broken-tint"].flatMap((back) => [["ink", back], ["soft", back]]);
      pairs.push(["accent", "paper"], ["accent", "page"], ["on-accent", "accent"], ["fine", "paper"], ["fine", "page"],
                 ["broken", "paper"], ["broken", "page"], ["broken", "broken-tint"], ["page", "ink"], ["ink", "line"]);
      for (const index of [0, 1, 2, 3, 4])
        pairs.push([`strong-${index}`, "paper"], ["paper", `strong-${index}`], ["ink", `tint-${index}`]);
      for (const [front, back] of pairs) {
        const [a, b] = [light(colours[front]), light(colours[back])].sort((x, y) => y - x);
        assert.ok((a + 0.05) / (b + 0.05) >= 4.5, `${scheme}: ${front} on ${back} has ${(a + 0.05) / (b + 0.05)}`);
      }
    });
});

test("nothing is wider than the screen, also on the smallest phone", async () => {
  for (const language of ["en", "zh"])
    for (const width of [320, 390, 768])
      await withPage({ language, viewport: { ...PHONE, width } }, async (page) => {
        for (const example of Object.values(examples)) {
          await paste(page, example);
          assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= window.innerWidth));
        }
      });
});

test("who wants no motion gets none", async () => {
  for (const still of [true, false])
    await withPage({ still }, async (page) => {
      await page.click("#step-next");
      const moving = await page.$eval("#step-next", (button) => {
        button.click();
        return document.getAnimations().length;
      });
      assert.equal(moving === 0, still);
    });
});

test("the page allows itself no request", async () => {
  await withPage({}, async (page) => {
    const policy = await page.$eval("meta[http-equiv=Content-Security-Policy]", (meta) => meta.content);
    assert.match(policy, /^default-src 'none'; /);
    assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|https?:|\*/);
  });
});
