import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium, type ConsoleMessage, type Page } from "playwright-core";
import { AbstractMessageReader, AbstractMessageWriter, createMessageConnection } from "vscode-jsonrpc/node";
import type { DataCallback, Disposable, Message, MessageReader, MessageWriter } from "vscode-jsonrpc/node";
import type { HostToPanel, PanelToHost } from "../../src/protocol/panelApi.ts";
import { connect, type Peer } from "../../src/protocol/rpc.ts";
import type { FakeHost } from "./fakeHost.ts";
import { type Theme, themeOf } from "./themes.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const address = "http://winnow.test";
// WINNOW_THROTTLE=6 finds what only holds on a quick machine: a page with a sixth of the processor, 60 ms for each message.
const throttle = Number(process.env["WINNOW_THROTTLE"] ?? 1);
const messageDelayMs = throttle > 1 ? 10 * throttle : 0;
const flags = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The panel's page in a browser, joined to a made-up extension. */
export interface OpenPage {
  readonly page: Page;
  /** The page's side of the connection, that of the last reload. */
  readonly host: Peer<HostToPanel>;
  /** What the page wrote to the console as an error, breaches of its security policy among it. */
  readonly errors: readonly string[];
  /** Loads the page anew in the same window: joined to another made-up extension, with that remembered state and nothing else of before. */
  reload(fake: FakeHost, state?: unknown): Promise<void>;
  /** Keeps a picture of the page in out/screenshots. */
  screenshot(name: string): Promise<string>;
  dispose(): Promise<void>;
}

/** Where a browser was found; undefined where there is none. */
export function findBrowser(): string | undefined {
  const places = [process.env["WINNOW_CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  return places.find((place) => place !== undefined && existsSync(place));
}

/** Opens the page (bundled from the sources) as VS Code would, with the same security policy. */
export async function openPage(
  fake: FakeHost,
  {
    theme = "dark",
    size = { width: 1280, height: 800 },
    state,
  }: { theme?: Theme; size?: { width: number; height: number }; state?: unknown } = {},
): Promise<OpenPage> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error("Chromium is not installed: apt-get install chromium, or name it with WINNOW_CHROMIUM");
  const browser: Browser = await chromium.launch({ executablePath, args: flags });
  const page = await browser.newPage({ viewport: size });
  const errors: string[] = [];
  page.on("console", (message: ConsoleMessage) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  if (throttle > 1) {
    const session = await page.context().newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: throttle });
  }
  const served = { state };
  await serveFiles(page, theme, served);
  const bridge = await openBridge(page);
  let host = join(bridge, fake);
  await page.goto(`${address}/`);
  return {
    page,
    get host() {
      return host;
    },
    errors,
    reload: async (nextFake, nextState) => {
      await page.goto("about:blank"); // what the page before still says goes to the extension before
      host.dispose();
      served.state = nextState;
      host = join(bridge, nextFake);
      await page.goto(`${address}/`);
    },
    screenshot: async (name) => {
      await mkdir(`${checkout}/out/screenshots`, { recursive: true });
      const path = `${checkout}/out/screenshots/${name}.png`;
      await page.screenshot({ path });
      return path;
    },
    dispose: async () => {
      host.dispose();
      await browser.close();
    },
  };
}

async function bundle(): Promise<ReadonlyMap<string, Uint8Array>> {
  const built = await build({
    absWorkingDir: checkout,
    entryPoints: { main: "webview/main.ts", styles: "webview/styles.css" },
    outdir: "out/page",
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    target: "es2022",
    sourcemap: "inline",
    loader: { ".ttf": "file" },
    assetNames: "[name]",
    logLevel: "warning",
  });
  return new Map(built.outputFiles.map(({ path, contents }) => [path.replaceAll("\\", "/").split("/").pop()!, contents]));
}

let bundled: ReturnType<typeof bundle> | undefined;

/** Serves the page; `served.state` is what VS Code remembers of it, as it is when the page is asked for. */
async function serveFiles(page: Page, theme: Theme, served: { readonly state: unknown }): Promise<void> {
  const files = await (bundled ??= bundle());
  const { style, bodyClass } = themeOf(theme);
  const policy = `default-src 'none'; script-src 'nonce-test'; style-src ${address} 'nonce-test'; img-src ${address} blob:; font-src ${address}; worker-src blob:`;
  const themeStyles = `html { ${style} }`;
  const html = (): string => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Winnow</title>
<meta property="csp-nonce" content="test"><meta http-equiv="Content-Security-Policy" content="${policy}"><link rel="stylesheet" href="/theme.css"><link rel="stylesheet" href="/styles.css"></head>
<body class="${bodyClass}"><div id="app"></div><script nonce="test">winnowState = ${JSON.stringify(served.state)}</script><script nonce="test" src="/main.js"></script></body></html>`;
  const types: Readonly<Record<string, string>> = { js: "text/javascript", css: "text/css", ttf: "font/ttf" };
  await page.route(`${address}/**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name === "") return route.fulfill({ body: html(), contentType: "text/html" });
    if (name === "theme.css") return route.fulfill({ body: themeStyles, contentType: "text/css" });
    const file = files.get(name);
    if (file === undefined) return route.fulfill({ status: 404, body: "" });
    return route.fulfill({ body: Buffer.from(file), contentType: types[name.split(".").pop()!] ?? "application/octet-stream" });
  });
}

/** What carries messages between a page and the extension that it is joined to now. */
interface Bridge {
  readonly page: Page;
  reader: PageReader;
}

async function openBridge(page: Page): Promise<Bridge> {
  const bridge: Bridge = { page, reader: new PageReader() };
  await page.exposeFunction("winnowPost", async (message: string) => {
    const { reader } = bridge;
    await onTheWay();
    reader.take(decode(JSON.parse(message)) as Message);
  });
  await page.addInitScript(await readFile(fileURLToPath(new URL("./pageBridge.mjs", import.meta.url)), "utf8"));
  return bridge;
}

function join(bridge: Bridge, fake: FakeHost): Peer<HostToPanel> {
  const reader = new PageReader();
  bridge.reader = reader;
  const writer = new PageWriter(async (message) => {
    const sent = JSON.stringify(encode(message));
    await onTheWay();
    if (bridge.reader !== reader) return; // another page is there by now
    await bridge.page.evaluate((text) => (globalThis as unknown as { winnowTake: (text: string) => void }).winnowTake(text), sent);
  });
  const host = connect<PanelToHost, HostToPanel>(createMessageConnection(reader, writer), fake.handlers);
  fake.onChange = () => void host.call("snapshot", fake.snapshot()).catch(() => undefined);
  return host;
}

/** Timers of one length end in their order, and so do messages. */
async function onTheWay(): Promise<void> {
  if (messageDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, messageDelayMs));
}

class PageReader extends AbstractMessageReader implements MessageReader {
  take: DataCallback = () => undefined;
  listen(callback: DataCallback): Disposable {
    this.take = callback;
    return { dispose: () => (this.take = () => undefined) };
  }
}

class PageWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #send: (message: unknown) => Promise<void>;
  constructor(send: (message: unknown) => Promise<void>) {
    super();
    this.#send = send;
  }
  async write(message: Message): Promise<void> {
    await this.#send(message).catch(() => undefined); // the page was closed
  }
  end(): void {
    // the browser closes
  }
}

const arrays = { Uint8Array, Uint32Array, Int32Array, Float32Array, Float64Array } as const;

/** VS Code carries typed arrays between extension and page; the bridge of the tests has only text. */
function encode(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return { $array: value.constructor === Buffer ? "Uint8Array" : value.constructor.name, base64: bytes.toString("base64") };
  }
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, encode(inner)]));
  return value;
}

function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== "object" || value === null) return value;
  const { $array, base64 } = value as { $array?: keyof typeof arrays; base64?: string };
  if ($array !== undefined && base64 !== undefined) {
    const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
    return new arrays[$array](bytes.buffer);
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decode(inner)]));
}
