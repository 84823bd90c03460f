// Looks at the stub's page in headless Chromium: empty, with live traffic and with 60 countries, wide and
// narrow, light and dark. Checks that nothing reaches the console, that nothing is cut or overlaps its
// neighbour, that the page follows the stub, stops and shows the period it is asked for, and leaves
// a picture of each.
//
//     cargo build -p sms-voice-mock
//     node tests/page/check.mjs target/debug/sms-voice-mock pictures
//
// Needs Chromium and Node (22, or 20 with --experimental-websocket), and no package.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Page, end, firstLine, sleep, start } from "./browser.mjs";

const [stubProgram, pictures] = process.argv.slice(2);
if (!pictures) {
  console.error("usage: node check.mjs STUB PICTURES");
  process.exit(2);
}
const problems = [];

function check(holds, what) {
  console.log(`${holds ? "ok     " : "FAILED "} ${what}`);
  if (!holds) problems.push(what);
}

async function startStub() {
  const stub = start(stubProgram, ["--listen", "127.0.0.1:0"], ["ignore", "pipe", "inherit"]);
  return firstLine(stub.stdout, /listening on (\S+)/);
}

// Numbers that look drawn, the same in every run.
let state = 5;
function draw() {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return state / 0x80000000;
}

async function aws(stub, operation, input) {
  const headers = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": `PinpointSMSVoiceV2.${operation}`,
  };
  const answer = await fetch(stub, { method: "POST", headers, body: JSON.stringify(input) });
  return answer.json();
}

const advance = (stub, seconds) =>
  fetch(`${stub}/_mock/clock/advance`, { method: "POST", body: JSON.stringify({ seconds }) });

/** An hour of messages to numbers with these prefixes; some are received, some fail, some wait. */
async function traffic(stub, prefixes, steps) {
  for (let step = 0; step < steps; step++) {
    await advance(stub, 3000 / steps);
    for (const prefix of prefixes) {
      const rest = String(Math.floor(draw() * 1e7)).padStart(7, "0");
      const sent = await aws(stub, "SendTextMessage", {
        DestinationPhoneNumber: `+${prefix}${rest}`,
        MessageBody: "Sesame 482917",
        MessageFeedbackEnabled: true,
        Context: { note: "not for the page" },
      });
      if (!sent.MessageId) throw new Error(`${prefix}: ${JSON.stringify(sent)}`);
      const fate = draw();
      if (fate > 0.95) continue;
      const status = fate < 0.7 ? "RECEIVED" : "FAILED";
      await aws(stub, "PutMessageFeedback", { MessageId: sent.MessageId, MessageFeedbackStatus: status });
    }
  }
}

/** What is wider than the window, cut off where it cannot be scrolled to, or on top of another. */
const MISPLACED = `(() => {
  const wrong = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
  const scrolls = (element) => element.closest(".scroll, pre");
  for (const element of document.querySelectorAll("h1, h2, p, a, th, td, span")) {
    const { left, right } = element.getBoundingClientRect();
    if (!scrolls(element) && (left < -1 || right > innerWidth + 1)) wrong.push(element.textContent);
  }
  const blocks = [...document.querySelectorAll("header, nav, section, .numbers > div")];
  for (const one of blocks) for (const other of blocks) {
    if (one === other || one.contains(other) || other.contains(one)) continue;
    const a = one.getBoundingClientRect(), b = other.getBoundingClientRect();
    const apart = a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
    if (!apart) wrong.push(one.textContent.slice(0, 20) + " on " + other.textContent.slice(0, 20));
  }
  return wrong.join("; ");
})()`;

async function looks(page, name, url) {
  for (const [width, dark] of [[1280, false], [1280, true], [400, false], [400, true]]) {
    await page.look(width, dark);
    await page.go(url);
    const shown = `${name}, ${width} wide${dark ? ", dark" : ""}`;
    const misplaced = await page.ask(MISPLACED);
    check(misplaced === "", `${shown}: everything in its place ${misplaced}`);
    const text = await page.ask("document.documentElement.outerHTML");
    const shows = ["Sesame", "482917", "not for the page"].filter((secret) => text.includes(secret));
    check(shows.length === 0, `${shown}: no text of a message ${shows}`);
    await page.picture(join(pictures, `${name}-${width}${dark ? "-dark" : ""}.png`));
  }
}

async function follows(page, stub) {
  await page.look(1280, false);
  await page.go(`${stub}/?period=1h`);
  const values = "[...document.querySelectorAll('.value')].map((value) => value.textContent).join()";
  const [before, loads] = [await page.ask(values), page.loads];
  await page.ask("scrollTo(0, 400)");
  await aws(stub, "SendTextMessage", {
    DestinationPhoneNumber: "+5511987654321", MessageBody: "hello", MessageFeedbackEnabled: true,
  });
  await sleep(7000);
  check(page.loads >= loads + 2, `it loads itself again: ${page.loads - loads} times in 7 s`);
  check((await page.ask(values)) !== before, "it shows what was sent meanwhile");
  check((await page.ask("scrollY")) === 400, "it stays where it was scrolled to");
  await page.ask("document.querySelector('.live').click()");
  await sleep(1000);
  const paused = page.loads;
  await sleep(5000);
  check(page.loads === paused, "paused, it stays as it is");
  await page.ask("[...document.querySelectorAll('nav a')].find((a) => a.textContent === '5 minutes').click()");
  await sleep(1000);
  const chosen = await page.ask("document.querySelector('nav a[aria-current]').textContent + location.search");
  check(chosen === "5 minutes?period=5m&live=off", `another period can be chosen: ${chosen}`);
}

const SOME = ["5511987", "1206555", "9198120", "4474001", "4915123", "3361234", "5255123", "6281234"];
const SIXTY = (
  "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 90 91 " +
  "92 94 212 213 216 221 233 234 254 255 256 351 352 353 354 358 359 370 371 372 380 385 420"
).split(" ").map((code) => `${code}5`);

mkdirSync(pictures, { recursive: true });
let page;
try {
  const [empty, live, sixty] = await Promise.all([startStub(), startStub(), startStub()]);
  await traffic(live, SOME, 50);
  await traffic(sixty, SIXTY, 12);
  page = await Page.open();
  await looks(page, "empty", `${empty}/?live=off`);
  await looks(page, "live", `${live}/?live=off`);
  await looks(page, "sixty", `${sixty}/?live=off`);
  const rows = await page.ask("document.querySelectorAll('.countries tbody tr').length");
  check(rows === 60, `a row for each of 60 countries: ${rows}`);
  await follows(page, live);
  check(page.noise.length === 0, `nothing on the console and no failed request ${page.noise}`);
} finally {
  await end(page);
}
console.log(problems.length === 0 ? `all well; pictures in ${pictures}` : `${problems.length} checks failed`);
process.exit(problems.length === 0 ? 0 : 1);
