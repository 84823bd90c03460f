// Looks at pages of reports and plans in headless Chromium, wide and narrow, light and dark. Checks that
// nothing reaches the console, that nothing is loaded, that nothing is wider than the window, cut off or on
// top of another, texts in drawings included, with everything folded and unfolded; and leaves pictures,
// and a PDF as it would be printed.
//
//     node tests/page/report.mjs pictures reports/sample/report.html other/report.html
//
// Needs Chromium and Node (22, or 20 with --experimental-websocket), and no package.

import { mkdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Page, end } from "./browser.mjs";

const [pictures, ...files] = process.argv.slice(2);
if (files.length === 0) {
  console.error("usage: node report.mjs PICTURES PAGE...");
  process.exit(2);
}
const problems = [];

function check(holds, what) {
  console.log(`${holds ? "ok     " : "FAILED "} ${what}`);
  if (!holds) problems.push(what);
}

/** What is wider than the window, cut off where it cannot be scrolled to, or on top of another. */
const MISPLACED = `(() => {
  const wrong = document.documentElement.scrollWidth > innerWidth ? ["the page is too wide"] : [];
  const box = (element) => element.getBoundingClientRect();
  const short = (element) => element.textContent.trim().slice(0, 40);
  const scrolls = (element) => element.closest(".scroll, pre, .unseen, .skip");
  const shown = (element) => box(element).width > 0 && element.checkVisibility({ visibilityProperty: true });
  const apart = (a, b, by) =>
    a.right <= b.left + by || b.right <= a.left + by || a.bottom <= b.top + by || b.bottom <= a.top + by;
  for (const element of document.querySelectorAll("h1, h2, h3, h4, p, a, th, td, span, li, dd, dt, text, summary")) {
    if (scrolls(element) || !shown(element)) continue;
    const { left, right } = box(element);
    if (left < -1 || right > innerWidth + 1) wrong.push(short(element) + " leaves the window");
    const card = element.closest("section, .tiles > div");
    if (card && (left < box(card).left - 1 || right > box(card).right + 1)) {
      wrong.push(short(element) + " leaves its card");
    }
  }
  for (const svg of document.querySelectorAll("svg[role=img]")) {
    const texts = [...svg.querySelectorAll("text")].filter(shown);
    texts.forEach((one, nth) => texts.slice(nth + 1).forEach((other) => {
      if (!apart(box(one), box(other), 2)) wrong.push(short(one) + " on " + short(other) + " in " + svg.querySelector("title").textContent);
    }));
    const figure = box(svg.closest("figure"));
    for (const text of texts) {
      const { top, bottom } = box(text);
      if (top < figure.top - 1 || bottom > figure.bottom + 1) wrong.push(short(text) + " leaves its figure");
    }
  }
  const blocks = [...document.querySelectorAll("header, nav, section, .tiles > div, figure, figcaption, .funnel li, details, svg[role=img]")];
  for (const one of blocks) for (const other of blocks) {
    if (one === other || one.contains(other) || other.contains(one) || !shown(one) || !shown(other)) continue;
    if (!apart(box(one), box(other), 1)) wrong.push(short(one) + " on " + short(other));
  }
  return [...new Set(wrong)].slice(0, 12).join("; ");
})()`;

/** Headings in order, names for drawings and tables, anchors that lead somewhere. */
const UNTOLD = `(() => {
  const wrong = [];
  let last = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    const level = Number(heading.tagName[1]);
    if (level > last + 1) wrong.push("h" + level + " after h" + last + ": " + heading.textContent);
    last = level;
  }
  for (const svg of document.querySelectorAll("svg[role=img]")) {
    if (!svg.querySelector("title")?.textContent || !svg.querySelector("desc")?.textContent) wrong.push("a drawing without words");
  }
  for (const table of document.querySelectorAll("table")) if (!table.caption) wrong.push("a table without a caption");
  for (const link of document.querySelectorAll("a")) {
    if (!document.querySelector(link.getAttribute("href"))) wrong.push("a link to nothing: " + link.textContent);
  }
  return wrong.join("; ");
})()`;

async function look(page, file) {
  const name = `${basename(dirname(resolve(file)))}-${basename(file, ".html")}`;
  const loads = page.requests;
  for (const [width, dark] of [[1280, false], [1280, true], [400, false], [400, true], [320, false]]) {
    await page.look(width, dark);
    await page.go(pathToFileURL(resolve(file)));
    const shown = `${name}, ${width} wide${dark ? ", dark" : ""}`;
    const folded = await page.ask(MISPLACED);
    check(folded === "", `${shown}: everything in its place ${folded}`);
    if (width >= 400) await page.picture(join(pictures, `${name}-${width}${dark ? "-dark" : ""}.png`));
    await page.ask("document.querySelectorAll('details').forEach((details) => (details.open = true))");
    const unfolded = await page.ask(MISPLACED);
    check(unfolded === "", `${shown}, unfolded: everything in its place ${unfolded}`);
  }
  const untold = await page.ask(UNTOLD);
  check(untold === "", `${name}: headings in order, drawings and tables have names ${untold}`);
  await page.look(1280, false);
  await page.go(pathToFileURL(resolve(file)));
  await page.print(join(pictures, `${name}.pdf`));
  check(page.requests - loads === 6, `${name}: nothing else is loaded (${page.requests - loads} requests)`);
}

mkdirSync(pictures, { recursive: true });
let page;
try {
  page = await Page.open();
  for (const file of files) await look(page, file);
  check(page.noise.length === 0, `nothing on the console ${page.noise}`);
} finally {
  await end(page);
}
console.log(problems.length === 0 ? `all well; pictures in ${pictures}` : `${problems.length} checks failed`);
process.exit(problems.length === 0 ? 0 : 1);
