import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Response } from "undici";
import type { Hub, HubFile } from "./hub.ts";
import { HubError } from "./hubError.ts";

/** A file to download: what it is, and where its bytes go. */
export interface FileDownload {
  readonly repository: string;
  readonly commit: string;
  readonly file: HubFile;
  /** Bytes that lie there already are not asked for again. */
  readonly path: string;
  /** What sends it, for sentences; the hub where nothing is said. */
  readonly source?: string;
}

/** How a download is stopped and followed, and how patient it is. */
export interface DownloadWatch {
  readonly signal: AbortSignal;
  /** So many bytes of the file are there now; fewer than before where it had to begin anew. */
  readonly onBytes: (bytes: number) => void;
  readonly patience?: Patience;
}

/** Attempts without a new byte before it is given up, the first pause between two (it doubles), and how long no byte may come. */
export interface Patience {
  readonly attempts: number;
  readonly pauseMs: number;
  readonly silenceMs: number;
}

const usualPatience: Patience = { attempts: 5, pauseMs: 1_000, silenceMs: 60_000 };
const longestPauseMs = 60_000;
const usualSource = "the hub";

/** A failure that another attempt may get over. */
class Passing extends Error {
  readonly waitMs: number;

  constructor(message: string, waitMs = 0) {
    super(message);
    this.waitMs = waitMs;
  }
}

/**
 * Downloads a file, going on from the bytes that are there, and checks its size and digest. A connection that breaks is taken up again. Rejects with a `HubError`;
 * what has come stays for the next time, but for a file whose digest is wrong, which is removed.
 */
export async function downloadFile(hub: Pick<Hub, "ask">, download: FileDownload, watch: DownloadWatch): Promise<void> {
  const { file, path } = download;
  const patience = watch.patience ?? usualPatience;
  await mkdir(dirname(path), { recursive: true });
  for (let attempt = 1, pauseMs = patience.pauseMs; ; attempt += 1, pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const before = await sizeOf(path);
    try {
      if (before < file.sizeBytes) await fetchRest(hub, download, { ...watch, patience, from: before });
      break;
    } catch (error) {
      watch.signal.throwIfAborted();
      if (!(error instanceof Passing) && !(error instanceof HubError && error.kind === "offline")) throw describeFailure(error, path);
      if ((await sizeOf(path)) > before) [attempt, pauseMs] = [0, patience.pauseMs];
      if (attempt >= patience.attempts) throw givenUp(download, error);
      const asked = error instanceof Passing ? error.waitMs : 0;
      await pause(Math.min(Math.max(asked, pauseMs), longestPauseMs), undefined, { signal: watch.signal });
    }
  }
  await checkDigest(download);
  watch.onBytes(file.sizeBytes);
}

interface Rest extends DownloadWatch {
  readonly patience: Patience;
  readonly from: number;
}

async function fetchRest(
  hub: Pick<Hub, "ask">,
  { repository, commit, file, path, source = usualSource }: FileDownload,
  { signal, onBytes, patience, from }: Rest,
): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Passing(`no byte came for ${patience.silenceMs / 1_000} s`)), patience.silenceMs);
  const both = AbortSignal.any([signal, silence.signal]);
  try {
    const response = await hub.ask({ repository, commit, path: file.path, from }, both);
    const start = await startOf(response, from, source);
    const handle = await open(path, start === 0 ? "w" : "a");
    try {
      let bytes = start;
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        timer.refresh();
        bytes += chunk.length;
        if (bytes > file.sizeBytes) throw tooLong(file, source);
        await handle.writeFile(chunk);
        onBytes(bytes);
      }
      if (bytes < file.sizeBytes) throw new Passing(`it ended after ${bytes} of ${file.sizeBytes} bytes`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (silence.signal.aborted) throw silence.signal.reason;
    // A body that breaks off rejects with a TypeError; the disk's errors have a code of their own.
    if (error instanceof TypeError) throw new Passing(error.message);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Where the answer's bytes begin: a server that knows no ranges sends all of them. Throws for statuses that carry no file. */
async function startOf(response: Response, from: number, source: string): Promise<number> {
  if (response.status === 200) return 0;
  const range = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "");
  if (response.status === 206 && Number(range?.[1]) === from) return from;
  await response.body?.cancel();
  const { status } = response;
  if (status === 429 || status >= 500) throw new Passing(`${source} answered with status ${status}`, waitOf(response));
  throw new HubError("refused", `${capitalized(source)} answered with status ${status} to a question for a file: try again later`);
}

function waitOf(response: Response): number {
  const seconds = Number(response.headers.get("retry-after") ?? "");
  return Number.isFinite(seconds) ? seconds * 1_000 : 0;
}

async function checkDigest({ file, path, repository, source = usualSource }: FileDownload): Promise<void> {
  const size = await sizeOf(path);
  const digest = size === file.sizeBytes ? await digestOf(path, file) : "";
  if (digest === file.digest.hex) return;
  await rm(path, { force: true });
  throw new HubError(
    "checksum",
    `${file.path} of ${repository} is not ${source === usualSource ? "what the hub says it is" : "the file that was expected"} (its checksum differs), and was removed: download it again; if that doesn't help, something between here and ${source} changes files`,
  );
}

/** The digest of a file, of the kind that the hub tells; Git's of a blob counts its length in. */
export async function digestOf(path: string, { digest, sizeBytes }: Pick<HubFile, "digest" | "sizeBytes">): Promise<string> {
  const hash: Hash = digest.kind === "sha256" ? createHash("sha256") : createHash("sha1").update(`blob ${sizeBytes}\0`);
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Bytes of a file; 0 where there is none. */
export async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

function tooLong({ path, sizeBytes }: HubFile, source: string): HubError {
  const size = source === usualSource ? `the ${sizeBytes} bytes that it announced` : `the ${sizeBytes} bytes that it has`;
  return new HubError("checksum", `${capitalized(source)} sends more of ${path} than ${size}: try again later`);
}

function capitalized(source: string): string {
  return `${source.charAt(0).toUpperCase()}${source.slice(1)}`;
}

function givenUp({ file, repository }: FileDownload, error: Error): HubError {
  if (error instanceof HubError) return error;
  const message = `The download of ${file.path} of ${repository} broke off again and again (${error.message}): start it again, and it goes on from here`;
  return new HubError("interrupted", message, { cause: error });
}

function describeFailure(error: unknown, path: string): unknown {
  if ((error as NodeJS.ErrnoException).code !== "ENOSPC") return error;
  return new HubError("diskFull", `The disk of ${path} is full: make room and start the download again, which goes on from here`, {
    cause: error,
  });
}
