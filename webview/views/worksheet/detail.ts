import type { WorksheetPlace } from "../../../src/core/rewriters/worksheet.ts";
import type { ProposedCaption } from "../../../src/protocol/rewrites.ts";

/** A caption that a person wrote. `saved` is what the engine says of it; null while it isn't kept there, and then `failure` may say why. */
export interface Written {
  readonly place: WorksheetPlace;
  readonly caption: string;
  /** Whether the old caption was looked at before. */
  readonly isSeen: boolean;
  readonly saved: SavedCaption | null;
  readonly failure: string | null;
}

/** A caption that is kept as a proposal: what it would replace, and what it adds to the score (null is unknown). */
export interface SavedCaption {
  readonly id: string;
  readonly before: string;
  readonly gain: number | null;
}

/** A worksheet under way: the places in their order, and the one that is looked at; their number when all are done. */
export interface Sheet {
  readonly places: readonly WorksheetPlace[];
  readonly at: number;
}

/** What the view remembers. What a person wrote is part of it: it must outlive the page. */
export interface WorksheetDetail {
  readonly count: number;
  readonly seed: number;
  readonly sheet: Sheet | null;
  readonly draft: string;
  /** Whether the old caption of the place that is looked at was shown. */
  readonly isSeen: boolean;
  readonly written: readonly Written[];
}

/** Counts that a worksheet may have. */
export const counts = { least: 1, otherwise: 20, most: 500 } as const;

/** What is kept of a caption that was proposed. */
export function savedFrom({ rewrite: { id, before, measure } }: ProposedCaption): SavedCaption {
  const gain = measure === null ? Number.NaN : measure.scoreAfter - measure.scoreBefore;
  return { id, before, gain: Number.isNaN(gain) ? null : gain };
}

/** Reads what was remembered; what has not its form is left at the beginning. */
export function parseDetail(value: unknown): WorksheetDetail {
  const { count, seed, sheet, draft, isSeen, written } = recordOf(value);
  return {
    count: isWhole(count) && count >= counts.least && count <= counts.most ? count : counts.otherwise,
    seed: isWhole(seed) ? seed : 1,
    sheet: parseSheet(sheet),
    draft: typeof draft === "string" ? draft : "",
    isSeen: isSeen === true,
    written: listOf(written).flatMap((entry) => parseWritten(entry) ?? []),
  };
}

function parseSheet(value: unknown): Sheet | null {
  const { places, at } = recordOf(value);
  const read = listOf(places).map(parsePlace);
  if (read.length === 0 || !read.every((place) => place !== undefined) || !isWhole(at) || at > read.length) return null;
  return { places: read, at };
}

function parseWritten(value: unknown): Written | undefined {
  const { place, caption, isSeen, saved, failure } = recordOf(value);
  const read = parsePlace(place);
  if (read === undefined || typeof caption !== "string") return undefined;
  return { place: read, caption, isSeen: isSeen === true, saved: parseSaved(saved), failure: typeof failure === "string" ? failure : null };
}

function parseSaved(value: unknown): SavedCaption | null {
  const { id, before, gain } = recordOf(value);
  return typeof id === "string" && typeof before === "string" ? { id, before, gain: typeof gain === "number" ? gain : null } : null;
}

function parsePlace(value: unknown): WorksheetPlace | undefined {
  const { sample, captionIndex, captionHash } = recordOf(value);
  const isPlace = typeof sample === "string" && isWhole(captionIndex) && typeof captionHash === "string";
  return isPlace ? { sample, captionIndex, captionHash } : undefined;
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
