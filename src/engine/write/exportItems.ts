import type { CaptionMove } from "../../core/prune/policy.ts";
import type { Locator, Sample, Split } from "../../core/sample.ts";
import { indexSelection } from "../../core/selection.ts";
import { captionHash, type StateContents } from "../store/dotWinnow.ts";
import { markHardNegatives } from "./hardNegatives.ts";

/**
 * A caption that goes out, with its index in the sample that it was read from. `hardNegatives` are pairs that go out too and of which a person
 * said that they are alike, and that each caption fits its own picture only; absent where there are none. With originals each caption tells its author, and those that were
 * replaced are marked.
 */
export interface ExportCaption {
  readonly text: string;
  readonly index: number;
  readonly hardNegatives?: readonly ExportPair[];
  readonly author?: string;
  readonly isOriginal?: true;
}

/** A pair by the sample's id and the caption's index. */
export interface ExportPair {
  readonly sample: string;
  readonly captionIndex: number;
}

/** A kept sample with its kept captions, at least one. `size` in pixels where it is known. */
export interface ExportItem {
  readonly sample: string;
  readonly locator: Locator;
  readonly folder: string;
  readonly split?: Split;
  readonly captions: readonly ExportCaption[];
  readonly size?: { readonly width: number; readonly height: number };
}

/** Something that would go out but can't; `captionIndex` null is the whole sample. */
export interface LeftOut {
  readonly sample: string;
  readonly captionIndex: number | null;
  readonly why: string;
}

/** What a caption said before it was first changed, and who had written that. */
export interface OriginalCaption {
  readonly text: string;
  readonly captionIndex: number;
  readonly author: string;
}

/** Originals by sample, and who wrote what a caption says now. */
export interface Originals {
  readonly bySample: ReadonlyMap<string, readonly OriginalCaption[]>;
  readonly authorOf: (sample: string, captionIndex: number) => string | undefined;
}

/** Which of the kept pairs go out: of one split or all; what is in review goes out unless `withoutReview`. Originals go out behind the captions that replaced them (as LaCLIP's rewrites beside theirs). */
export interface ExportChoice {
  readonly split?: Split | "all";
  readonly withoutReview?: boolean;
  readonly originals?: Originals;
  readonly sizeOf?: (sample: string) => { readonly width: number; readonly height: number } | undefined;
}

/**
 * The pairs that a state keeps, as items in the order of the samples. A dropped pair's caption stays out, and its image goes out while one of its captions does;
 * captions that a keeper took over from its duplicates come after its own. Empty captions and samples without captions are left out and told.
 */
export function exportItemsOf(
  samples: readonly Sample[],
  state: Pick<StateContents, "selection" | "splits" | "moves"> & Partial<Pick<StateContents, "relations">>,
  { split: wanted = "all", withoutReview = false, originals, sizeOf }: ExportChoice = {},
): { items: ExportItem[]; leftOut: LeftOut[] } {
  const index = indexSelection(state.selection);
  const gained = movedCaptions(samples, state.moves);
  const items: ExportItem[] = [];
  const leftOut: LeftOut[] = [];
  for (const { id, locator, folder, captions: all, split = state.splits.get(id) } of samples) {
    if (wanted !== "all" && split !== wanted) continue;
    if (all.length === 0) leftOut.push({ sample: id, captionIndex: null, why: "it has no caption" });
    const verdicts = index.ofCaptions(
      id,
      all.map(({ text }) => captionHash(text)),
    );
    const captions: ExportCaption[] = [];
    for (const [at, { text }] of all.entries()) {
      const decision = verdicts[at]?.decision ?? "keep";
      if (decision === "drop" || (decision === "review" && withoutReview)) continue;
      if (text.trim() === "") leftOut.push({ sample: id, captionIndex: at, why: "the caption is empty" });
      else captions.push({ text, index: at });
    }
    if (captions.length === 0) continue;
    const size = sizeOf?.(id);
    items.push({
      sample: id,
      locator,
      folder,
      captions,
      ...(split === undefined ? {} : { split }),
      ...(size === undefined ? {} : { size }),
    });
  }
  const marked = markHardNegatives(items, samples, state.relations ?? []).map((item) => withGained(item, gained));
  return { items: originals === undefined ? marked : marked.map((item) => withOriginals(item, originals)), leftOut };
}

/** The originals of kept captions behind all captions; a text that the picture has already does not go out twice. */
function withOriginals(item: ExportItem, { bySample, authorOf }: Originals): ExportItem {
  const current = item.captions.map((caption) => withAuthor(caption, authorOf(item.sample, caption.index)));
  const [texts, kept] = [new Set(current.map(({ text }) => text)), new Set(current.map(({ index }) => index))];
  const before: ExportCaption[] = [];
  for (const { text, captionIndex, author } of bySample.get(item.sample) ?? []) {
    if (!kept.has(captionIndex) || texts.has(text)) continue;
    texts.add(text);
    before.push({ text, index: captionIndex, author, isOriginal: true });
  }
  return { ...item, captions: [...current, ...before] };
}

function withAuthor(caption: ExportCaption, author: string | undefined): ExportCaption {
  return author === undefined ? caption : { ...caption, author };
}

function withGained(item: ExportItem, gained: ReadonlyMap<string, readonly ExportCaption[]>): ExportItem {
  const own = gained.get(item.sample);
  return own === undefined ? item : { ...item, captions: [...item.captions, ...own] };
}

/** The captions that move, by the sample that they move to; one that isn't found any more moves nowhere. */
function movedCaptions(samples: readonly Sample[], moves: readonly CaptionMove[]): Map<string, ExportCaption[]> {
  const sources = new Set(moves.map(({ sample }) => sample));
  const captionsOf = new Map(samples.filter(({ id }) => sources.has(id)).map(({ id, captions }) => [id as string, captions]));
  const gained = new Map<string, ExportCaption[]>();
  for (const { sample, captionIndex, captionHash: hash, to } of moves) {
    const captions = captionsOf.get(sample) ?? [];
    const found = [captions[captionIndex], ...captions].find((caption) => caption !== undefined && captionHash(caption.text) === hash);
    if (found === undefined || found.text.trim() === "") continue;
    const known = gained.get(to) ?? [];
    known.push({ text: found.text, index: captionIndex });
    gained.set(to, known);
  }
  return gained;
}
