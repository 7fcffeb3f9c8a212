import type { ThumbnailBatch } from "../src/protocol/gallery.ts";
import type { PanelToHost } from "../src/protocol/panelApi.ts";
import type { Peer } from "../src/protocol/rpc.ts";

/** A picture that was asked for: its URL, or why there is none. */
export type Thumbnail = { readonly kind: "loaded"; readonly url: string } | { readonly kind: "failed"; readonly message: string };

type Listener = (thumbnail: Thumbnail) => void;

interface Wish {
  readonly sample: string;
  readonly side: number;
  readonly listeners: Set<Listener>;
}

/** How small pictures are asked for: `schedule` runs something with the next frame. */
export interface ThumbnailSource {
  readonly host: Pick<Peer<PanelToHost>, "call">;
  readonly schedule: (work: () => void) => void;
  readonly onError: (error: unknown) => void;
}

/** Pictures that are kept, some 10 KB each. */
const keptCount = 3000;
const batchSize = 120;

/** Small pictures of samples for the whole page. What is wanted in one frame is asked for as one batch; what is no longer wanted is not asked for. */
export class Thumbnails {
  readonly #source: ThumbnailSource;
  readonly #kept = new Map<string, Thumbnail>();
  readonly #wishes = new Map<string, Wish>();
  #inFlight: { readonly wishes: readonly Wish[]; readonly abort: AbortController } | undefined;
  #scheduled = false;

  constructor(source: ThumbnailSource) {
    this.#source = source;
  }

  /** The picture where it is here already. */
  get(sample: string, side: number): Thumbnail | undefined {
    const key = keyOf(sample, side);
    const found = this.#kept.get(key);
    if (found === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, found); // the last used is the last to go
    return found;
  }

  /** Wants a picture; `onLoad` is called once, unless the returned function takes the wish back before. */
  want(sample: string, side: number, onLoad: Listener): () => void {
    const key = keyOf(sample, side);
    const wish = this.#wishes.get(key) ?? { sample, side, listeners: new Set() };
    wish.listeners.add(onLoad);
    this.#wishes.set(key, wish);
    this.#later();
    return () => {
      wish.listeners.delete(onLoad);
      if (wish.listeners.size > 0) return;
      if (this.#wishes.get(key) === wish) this.#wishes.delete(key);
      if (this.#inFlight?.wishes.every(({ listeners }) => listeners.size === 0) === true) this.#inFlight.abort.abort();
    };
  }

  /** Forgets everything: the pictures may have changed. */
  clear(): void {
    for (const thumbnail of this.#kept.values()) revoke(thumbnail);
    this.#kept.clear();
  }

  #later(): void {
    if (this.#scheduled || this.#wishes.size === 0) return;
    this.#scheduled = true;
    this.#source.schedule(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#inFlight !== undefined || this.#wishes.size === 0) return;
    // What was wished for last is what a person looks at now.
    const newest = [...this.#wishes.values()].reverse();
    const { side } = newest[0]!;
    const wishes = newest
      .filter((wish) => wish.side === side)
      .slice(0, batchSize)
      .reverse();
    const abort = new AbortController();
    this.#inFlight = { wishes, abort };
    void this.#load(wishes, side, abort.signal).finally(() => {
      this.#inFlight = undefined;
      this.#later();
    });
  }

  async #load(wishes: readonly Wish[], side: number, signal: AbortSignal): Promise<void> {
    try {
      const batch = await this.#source.host.call("readThumbnails", { samples: wishes.map(({ sample }) => sample), side }, { signal });
      wishes.forEach((wish, at) => {
        const thumbnail = thumbnailOf(batch, at);
        this.#remember(keyOf(wish.sample, side), thumbnail);
        this.#settle(wish, thumbnail);
      });
    } catch (error) {
      if (signal.aborted) return; // those still wished for come with the next batch
      const message = error instanceof Error ? error.message : String(error);
      for (const wish of wishes) this.#settle(wish, { kind: "failed", message });
      this.#source.onError(error);
    }
  }

  #settle(wish: Wish, thumbnail: Thumbnail): void {
    const key = keyOf(wish.sample, wish.side);
    if (this.#wishes.get(key) === wish) this.#wishes.delete(key);
    for (const listener of wish.listeners) listener(thumbnail);
  }

  #remember(key: string, thumbnail: Thumbnail): void {
    this.#kept.set(key, thumbnail);
    if (this.#kept.size <= keptCount) return;
    const [oldest] = this.#kept;
    if (oldest === undefined) return;
    this.#kept.delete(oldest[0]);
    revoke(oldest[1]);
  }
}

function keyOf(sample: string, side: number): string {
  return `${side}\0${sample}`;
}

/** All pictures of a batch in their order. */
export function thumbnailsOf(batch: ThumbnailBatch): readonly Thumbnail[] {
  return Array.from({ length: batch.offsets.length - 1 }, (_, at) => thumbnailOf(batch, at));
}

function thumbnailOf({ bytes, offsets, failed }: ThumbnailBatch, at: number): Thumbnail {
  const own = bytes.slice(offsets[at], offsets[at + 1]);
  if (failed[at] !== undefined || own.length === 0) return { kind: "failed", message: failed[at] ?? "no picture" };
  return { kind: "loaded", url: URL.createObjectURL(new Blob([own], { type: "image/webp" })) };
}

function revoke(thumbnail: Thumbnail): void {
  if (thumbnail.kind === "loaded") URL.revokeObjectURL(thumbnail.url);
}
