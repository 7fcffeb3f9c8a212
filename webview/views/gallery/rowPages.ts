import type { GalleryRow, Ranges } from "../../../src/protocol/gallery.ts";
import type { Decision } from "../../../src/core/verdict.ts";
import { createSlot } from "../../slots.ts";
import { hasPosition } from "./ranges.ts";
import type { Span } from "./tiling.ts";

/** Rows of one page; requests are for whole pages that lie side by side. */
export const pageRows = 50;

/** The most pages of one request: a page of the protocol has at most 500 rows. */
const pagesAtOnce = 5;

/** Pages that are kept: some 6,000 rows. */
const keptPages = 120;

/** Where rows come from, and who is told of them. */
export interface RowSource {
  /** The rows `from` ≤ position < `to`. */
  readonly read: (span: Span, signal: AbortSignal) => Promise<readonly GalleryRow[]>;
  readonly onRows: () => void;
  readonly onError: (error: unknown) => void;
}

interface KeptPage {
  readonly rows: readonly GalleryRow[];
  /** They are shown, and read again when they are seen. */
  stale: boolean;
}

/** Rows of a list as far as they are here. One request is under way at a time: for what is seen first, then for what lies around it. */
export class RowPages {
  readonly #source: RowSource;
  readonly #kept = new Map<number, KeptPage>();
  readonly #slot = createSlot();
  #count = 0;
  #seen: Span = { from: 0, to: 0 };
  #around: Span = { from: 0, to: 0 };
  #inFlight: Span | undefined;

  constructor(source: RowSource) {
    this.#source = source;
  }

  /** Forgets everything: another list has so many rows. */
  reset(count: number): void {
    this.#stop();
    this.#kept.clear();
    this.#count = count;
  }

  get(position: number): GalleryRow | undefined {
    return this.#kept.get(Math.floor(position / pageRows))?.rows[position % pageRows];
  }

  /** Says what is seen and what lies around it; asks for what is missing of it, unless what is under way is still seen. */
  want(seen: Span, around: Span): void {
    this.#seen = pagesOf(seen);
    this.#around = pagesOf(around);
    for (let page = this.#seen.from; page < this.#seen.to; page += 1) this.#touch(page);
    if (this.#inFlight !== undefined && !overlap(this.#inFlight, this.#seen)) this.#stop();
    if (this.#inFlight === undefined) this.#ask();
  }

  /** What is here may be out of date: it is shown until it was read again. */
  markStale(): void {
    for (const page of this.#kept.values()) page.stale = true;
    this.#stop();
  }

  /** Shows a person's verdict before the engine has said it. */
  setVerdicts(ranges: Ranges, decision: Decision): void {
    for (const [page, { rows, stale }] of this.#kept) {
      const changed = rows.map((row, at) => (hasPosition(ranges, page * pageRows + at) ? decided(row, decision) : row));
      this.#kept.set(page, { rows: changed, stale });
    }
  }

  #stop(): void {
    this.#slot.stop();
    this.#inFlight = undefined;
  }

  #ask(): void {
    const wanted = this.#missing(this.#seen) ?? this.#missing(this.#around);
    if (wanted === undefined) return;
    this.#inFlight = wanted;
    const span = { from: wanted.from * pageRows, to: Math.min(wanted.to * pageRows, this.#count) };
    const answered = this.#slot.run(async (signal) => this.#source.read(span, signal));
    void answered.then(
      (rows) => {
        if (rows !== undefined) this.#take(wanted, rows);
      },
      (error: unknown) => {
        this.#inFlight = undefined;
        this.#source.onError(error);
      },
    );
  }

  #take(pages: Span, rows: readonly GalleryRow[]): void {
    this.#inFlight = undefined;
    for (let page = pages.from; page < pages.to; page += 1) {
      const at = (page - pages.from) * pageRows;
      this.#kept.delete(page);
      this.#kept.set(page, { rows: rows.slice(at, at + pageRows), stale: false });
    }
    this.#forgetOldest();
    this.#source.onRows();
    if (this.#inFlight === undefined) this.#ask();
  }

  /** The first pages of a span that must be read, side by side. */
  #missing({ from, to }: Span): Span | undefined {
    const end = Math.min(to, Math.ceil(this.#count / pageRows));
    for (let first = from; first < end; first += 1) {
      if (this.#isFresh(first)) continue;
      let next = first + 1;
      while (next < Math.min(end, first + pagesAtOnce) && !this.#isFresh(next)) next += 1;
      return { from: first, to: next };
    }
    return undefined;
  }

  #isFresh(page: number): boolean {
    return this.#kept.get(page)?.stale === false;
  }

  #touch(page: number): void {
    const found = this.#kept.get(page);
    if (found === undefined) return;
    this.#kept.delete(page);
    this.#kept.set(page, found); // the last seen is the last to go
  }

  #forgetOldest(): void {
    for (const page of this.#kept.keys()) {
      if (this.#kept.size <= keptPages) return;
      this.#kept.delete(page);
    }
  }
}

function pagesOf({ from, to }: Span): Span {
  return { from: Math.floor(from / pageRows), to: Math.ceil(to / pageRows) };
}

function overlap(left: Span, right: Span): boolean {
  return left.from < right.to && right.from < left.to;
}

function decided(row: GalleryRow, verdict: Decision): GalleryRow {
  const captions = row.captions.map((caption) => ({ ...caption, verdict, actor: "person" as const, reason: null }));
  return { ...row, verdict, captions };
}
