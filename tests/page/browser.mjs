// Headless Chromium, driven by the protocol of its developer tools, for the checks beside this file.
// Needs Chromium (or another in $CHROMIUM) and Node (22, or 20 with --experimental-websocket).

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const program = process.env.CHROMIUM ?? "chromium";
const processes = [];
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The first line of a program's stream that has what `pattern` takes out of it. */
export async function firstLine(stream, pattern) {
  for await (const line of createInterface({ input: stream })) {
    const found = line.match(pattern);
    if (found) return found[1];
  }
  throw new Error(`no line with ${pattern}`);
}

export function start(program, options, stdio) {
  const child = spawn(program, options, { stdio });
  processes.push(child);
  return child;
}

/** A page of a browser, by the protocol of its developer tools. */
export class Page {
  static async open() {
    const profile = mkdtempSync(join(tmpdir(), "page-"));
    const options = [
      "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
      `--user-data-dir=${profile}`, "about:blank",
    ];
    const browser = start(program, options, ["ignore", "ignore", "pipe"]);
    const url = new URL(await firstLine(browser.stderr, /DevTools listening on (\S+)/));
    browser.stderr.resume();
    const targets = await (await fetch(`http://${url.host}/json`)).json();
    const page = new Page();
    page.profile = profile;
    page.noise = [];
    page.loads = 0;
    page.requests = 0;
    page.waiting = new Map();
    page.socket = new WebSocket(targets.find((target) => target.type === "page").webSocketDebuggerUrl);
    await new Promise((resolve) => (page.socket.onopen = resolve));
    page.socket.onmessage = (message) => page.hear(JSON.parse(message.data));
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await page.call(`${domain}.enable`);
    return page;
  }

  hear({ id, result, error, method, params }) {
    if (id) {
      const { resolve, reject } = this.waiting.get(id);
      this.waiting.delete(id);
      return error ? reject(new Error(error.message)) : resolve(result);
    }
    if (/consoleAPICalled|exceptionThrown|entryAdded|loadingFailed/.test(method)) {
      this.noise.push(`${method} ${JSON.stringify(params)}`);
    }
    if (method === "Network.requestWillBeSent" && !params.request.url.startsWith("data:")) this.requests += 1;
    if (method === "Page.loadEventFired") {
      this.loads += 1;
      this.loaded?.();
    }
  }

  call(method, params = {}) {
    const id = (this.count = (this.count ?? 0) + 1);
    this.socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  async go(url) {
    const loaded = new Promise((resolve) => (this.loaded = resolve));
    await this.call("Page.navigate", { url });
    await loaded;
  }

  async look(width, dark) {
    const size = { width, height: 900, deviceScaleFactor: 1, mobile: width < 500 };
    await this.call("Emulation.setDeviceMetricsOverride", size);
    const features = [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }];
    await this.call("Emulation.setEmulatedMedia", { features });
  }

  async ask(expression) {
    const { result } = await this.call("Runtime.evaluate", { expression, returnByValue: true });
    return result.value;
  }

  async picture(file) {
    const options = { format: "png", captureBeyondViewport: true };
    const { data } = await this.call("Page.captureScreenshot", options);
    writeFileSync(file, Buffer.from(data, "base64"));
  }

  /** As it would be printed, on A4. */
  async print(file) {
    const options = { paperWidth: 8.27, paperHeight: 11.69, printBackground: false };
    const { data } = await this.call("Page.printToPDF", options);
    writeFileSync(file, Buffer.from(data, "base64"));
  }
}

/** Ends what was started, and takes away what the browser wrote. */
export async function end(page) {
  page?.socket.close();
  const gone = processes.map((child) => new Promise((resolve) => child.once("exit", resolve)));
  processes.forEach((child) => child.kill());
  await Promise.race([Promise.all(gone), sleep(5000)]);
  if (page) rmSync(page.profile, { recursive: true, force: true, maxRetries: 5 });
}
