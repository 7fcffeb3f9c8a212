import type { PanelContext } from "../../context.ts";
import type { CheckedPair } from "./detail.ts";

/** A pair as it is shown; `text` is null and `url` is null where they can't be read, and `problem` says why. */
export interface LoadedPair {
  readonly text: string | null;
  readonly url: string | null;
  readonly problem: string | null;
}

interface Entry {
  readonly abort: AbortController;
  loaded: LoadedPair | undefined;
}

/** The longer side of a picture that the page can't open by itself. */
const askedSide = 1280;

/** Reads pictures and captions of the pairs that are looked at now, and next: no one waits for the next one. */
export class PairLoader {
  readonly #context: PanelContext;
  readonly #onLoad: () => void;
  readonly #entries = new Map<string, Entry>();

  constructor(context: PanelContext, onLoad: () => void) {
    this.#context = context;
    this.#onLoad = onLoad;
  }

  /** The pair where it is here already. */
  get(pair: CheckedPair): LoadedPair | undefined {
    return this.#entries.get(keyOf(pair))?.loaded;
  }

  /** Wants some pairs, the most urgent first; what is not wanted any more is let go. */
  want(pairs: readonly CheckedPair[]): void {
    const wanted = new Set(pairs.map(keyOf));
    for (const [key, entry] of this.#entries) if (!wanted.has(key)) this.#drop(key, entry);
    for (const pair of pairs) if (!this.#entries.has(keyOf(pair))) void this.#load(pair);
  }

  async #load(pair: CheckedPair): Promise<void> {
    const key = keyOf(pair);
    const entry: Entry = { abort: new AbortController(), loaded: undefined };
    this.#entries.set(key, entry);
    const { signal } = entry.abort;
    const [text, url] = await Promise.allSettled([this.#readText(pair, signal), this.#readPicture(pair, signal)]);
    if (this.#entries.get(key) !== entry) {
      if (url.status === "fulfilled") release(url.value);
      return;
    }
    const failed = [text, url].find((part) => part.status === "rejected");
    entry.loaded = {
      text: text.status === "fulfilled" ? text.value : null,
      url: url.status === "fulfilled" ? url.value : null,
      problem: failed === undefined ? null : messageOf(failed.reason),
    };
    this.#onLoad();
  }

  async #readText({ sample, captionIndex }: CheckedPair, signal: AbortSignal): Promise<string> {
    const { row } = await this.#context.host.call("inspect", { sample }, { signal });
    const caption = row.captions.find((other) => other.captionIndex === captionIndex);
    if (caption === undefined) throw new Error("The caption is gone: it was changed since the analysis");
    return caption.text;
  }

  /** The file itself where the page can show it; else its bytes, made small by the engine. */
  async #readPicture({ sample }: CheckedPair, signal: AbortSignal): Promise<string> {
    const { host } = this.#context;
    const file = await host.call("pictureUri", { sample }, { signal });
    if (file !== null && (await canShow(file.uri))) return file.uri;
    const { bytes, mediaType } = await host.call("readPicture", { sample, side: askedSide }, { signal });
    return URL.createObjectURL(new Blob([bytes.slice()], { type: mediaType }));
  }

  #drop(key: string, { abort, loaded }: Entry): void {
    this.#entries.delete(key);
    abort.abort(new DOMException("The pair is not looked at any more", "AbortError"));
    if (typeof loaded?.url === "string") release(loaded.url);
  }
}

function keyOf({ sample, captionIndex }: CheckedPair): string {
  return `${captionIndex}\0${sample}`;
}

/** Loads a picture into the browser's own memory; says whether it could. */
async function canShow(uri: string): Promise<boolean> {
  const image = new Image();
  image.src = uri;
  return image.decode().then(
    () => true,
    () => false,
  );
}

function release(url: string): void {
  if (url.startsWith("blob:")) URL.revokeObjectURL(url);
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
