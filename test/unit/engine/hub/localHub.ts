import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What came in: path, and the headers that matter. */
export interface Seen {
  readonly host: "hub" | "store";
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** A fault that one answer of the store of large files has, in the order of the requests. */
export type Fault =
  | { readonly kind: "cut"; readonly afterBytes: number }
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: "wrongBytes" }
  | { readonly kind: "noRanges" }
  | { readonly kind: "silent" }
  | { readonly kind: "tooLong" };

/** A hub on this machine: it speaks the protocol of huggingface.co as far as downloads need it. Large files lie on another host. */
export interface LocalHub {
  readonly url: string;
  readonly seen: readonly Seen[];
  /** Faults of the next answers of the store of large files. */
  readonly faults: Fault[];
  /** Answers everything of the hub itself with this status. */
  refuseWith(status: number | undefined): void;
  /** Gives files only to those with this token. */
  gate(token: string): void;
}

/** The only repository of the local hub, and its newest commit. */
export const repository = "owner/tiny-clip";
export const commit = "0123456789abcdef0123456789abcdef01234567";

/** A model's files, path to content; what lies in `onnx/` is large. */
export const modelFiles: Readonly<Record<string, Buffer>> = {
  "config.json": Buffer.from('{"model_type":"clip"}'),
  "preprocessor_config.json": Buffer.from("{}"),
  "tokenizer.json": Buffer.from("{}"),
  "README.md": Buffer.from("# Tiny"),
  "onnx/vision_model.onnx": Buffer.alloc(300_000, "vision"),
  "onnx/text_model.onnx": Buffer.alloc(200_000, "text"),
  "onnx/vision_model_fp16.onnx": Buffer.alloc(1_000, "half"),
};

/** Starts a hub for one test. */
export async function startHub(files: Readonly<Record<string, Buffer>> = modelFiles): Promise<LocalHub> {
  const seen: Seen[] = [];
  const faults: Fault[] = [];
  let refusal: number | undefined;
  let neededToken: string | undefined;
  const note = (host: Seen["host"], request: IncomingMessage): void =>
    void seen.push({ host, path: request.url!, range: request.headers.range, authorization: request.headers.authorization });
  const store = await listen((request, response) => {
    note("store", request);
    sendFile(request, response, { bytes: files[decodeURIComponent(request.url!.slice(1))]!, fault: faults.shift() });
  });
  const hub = await listen((request, response) => {
    note("hub", request);
    const isAllowed = neededToken === undefined || request.headers.authorization === `Bearer ${neededToken}`;
    if (refusal !== undefined) return void response.writeHead(refusal).end("{}");
    if (request.url!.includes("/resolve/") && !isAllowed) return void response.writeHead(401).end("Access is restricted");
    answer(request, response, { files, store });
  });
  return {
    url: hub,
    seen,
    faults,
    refuseWith: (status) => (refusal = status),
    gate: (token) => (neededToken = token),
  };
}

/** Starts a server on a free port, closed after the test; gives its address. */
export async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  onServer?: (server: Server) => void,
): Promise<string> {
  const server = createServer(handle);
  onServer?.(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { files, store }: { files: Readonly<Record<string, Buffer>>; store: string },
): void {
  const { pathname, searchParams } = new URL(request.url!, "http://hub");
  const json = (value: unknown, headers: Record<string, string> = {}): void =>
    void response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
  if (pathname === `/api/models/${repository}/revision/main` || pathname === `/api/models/${repository}/revision/${commit}`) {
    json({ _id: "1", id: repository, sha: commit, lastModified: "2026-01-01T00:00:00.000Z" });
    return;
  }
  if (pathname === `/api/models/${repository}/tree/${commit}`) {
    // Two pages, as the hub cuts long lists.
    const entries = Object.entries(files).map(([path, bytes]) => treeEntry(path, bytes));
    if (searchParams.has("cursor")) {
      json(entries.slice(3));
      return;
    }
    const next = `http://${request.headers.host}${request.url}&cursor=3`;
    json([{ type: "directory", path: "onnx", oid: "d", size: 0 }, ...entries.slice(0, 3)], { link: `<${next}>; rel="next"` });
    return;
  }
  const path = decodeURIComponent(pathname.replace(`/${repository}/resolve/${commit}/`, ""));
  const bytes = files[path];
  if (bytes === undefined) return void response.writeHead(404, { "x-error-code": "EntryNotFound" }).end("Entry not found");
  if (!path.startsWith("onnx/")) {
    sendFile(request, response, { bytes, fault: undefined });
    return;
  }
  const headers = {
    location: `${store}/${encodeURIComponent(path)}`,
    "x-linked-etag": `"${sha256(bytes)}"`,
    "x-linked-size": `${bytes.length}`,
  };
  response.writeHead(302, { ...headers, "x-repo-commit": commit }).end();
}

function treeEntry(path: string, bytes: Buffer): unknown {
  const oid = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
  const lfs = { oid: sha256(bytes), size: bytes.length, pointerSize: 130 };
  return { type: "file", path, size: bytes.length, oid, ...(path.startsWith("onnx/") ? { lfs } : {}) };
}

/** Sends a file or its rest, as a range asks, with a fault. */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  { bytes, fault }: { bytes: Buffer; fault: Fault | undefined },
): void {
  if (fault?.kind === "silent") return;
  if (fault?.kind === "status")
    return void response.writeHead(fault.status, fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter }).end();
  const from = fault?.kind === "noRanges" ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  let rest = bytes.subarray(from);
  if (fault?.kind === "wrongBytes") rest = Buffer.alloc(rest.length, "x");
  if (fault?.kind === "tooLong") rest = Buffer.concat([rest, Buffer.from("more")]);
  const range = from === 0 ? {} : { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(from === 0 ? 200 : 206, { "content-length": rest.length, ...range });
  if (fault?.kind !== "cut") return void response.end(rest);
  response.write(rest.subarray(0, fault.afterBytes), () => setTimeout(() => response.destroy(), 20));
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
