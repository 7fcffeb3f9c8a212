import { groupKinds, type GroupKind } from "../../src/core/group.ts";
import { leaveOneWordOut } from "../../src/core/captions/leaveOneOut.ts";
import { createRandom } from "../../src/core/random.ts";
import type { GroupDetail } from "../../src/protocol/groups.ts";
import type { ExplainedCaption, Inspection, Nearest } from "../../src/protocol/inspection.ts";
import type { Points } from "../../src/protocol/map.ts";
import { type MadeUp, madeUpSignals, rowOf, signalsOf } from "./madeUp.ts";

/** A made-up confusable group of some pictures, with cross-scores of which some beat the own pair's. */
export function confusableGroup(made: MadeUp, id: string, size: number): GroupDetail {
  const random = createRandom(size);
  const scores = Array.from({ length: size }, (_, image) =>
    Array.from({ length: size }, (_, caption) => 0.2 + (image === caption ? 0.03 : 0) + 0.1 * random()),
  );
  return {
    id,
    kind: "confusable",
    name: `small cat ${id}`,
    size,
    review: null,
    members: Array.from({ length: size }, (_, at) => ({ row: rowOf(made, at * 11, [at * 11 * made.captionsPerSample]), captionIndex: 0 })),
    scores,
    relations: [{ left: 0, right: 2, relation: "hardNegative" }],
  };
}

/** A made-up group of copies. */
export function copyGroup(made: MadeUp, id: string, { kind, size }: { kind: GroupKind; size: number }): GroupDetail {
  return {
    id,
    kind,
    name: `copies ${id}`,
    size,
    review: id === "n2" ? "more copies than expected" : null,
    members: Array.from({ length: size }, (_, at) => ({
      row: rowOf(made, at * 40, [at * 40 * made.captionsPerSample]),
      captionIndex: null,
    })),
    scores: null,
    relations: [],
  };
}

/** All that is known of a made-up sample. */
export function inspectionOf(made: MadeUp, sampleRow: number): Inspection {
  const pairs = Array.from({ length: made.captionsPerSample }, (_, index) => sampleRow * made.captionsPerSample + index);
  const row = rowOf(made, sampleRow, pairs);
  return {
    row,
    path: `/made-up/${row.sample}`,
    format: "jpeg",
    sizeBytes: 123_456,
    contentHash: "0".repeat(64),
    orientation: 6,
    frames: 1,
    captions: row.captions.map(({ captionIndex, text, pair }) => ({
      captionIndex,
      author: captionIndex === 0 ? "human" : "import",
      file: `/made-up/${row.sample.replace(".jpg", ".txt")}`,
      line: captionIndex,
      row: null,
      editable: captionIndex === 1 ? "The caption lies in an archive that can't be written" : null,
      tokens: { pieces: text.split(/(?= )/), kept: captionIndex === 0 ? 4 : 99, limit: 77 },
      standings: madeUpSignals.map(({ id }) => ({
        signal: id,
        value: signalsOf(made, pair)[id] ?? null,
        below: made.percentile[pair]! / 100,
      })),
    })),
    problems: [
      {
        code: "exifOrientation",
        severity: "note",
        sample: row.sample,
        file: row.sample,
        message: "The picture is turned by its EXIF orientation",
        hint: "open_clip's CSV loader does not turn it",
      },
    ],
    groups: [{ id: "c1", kind: "confusable", name: "small cat c1", members: 5 }],
    history: [{ operation: "op1", time: "2026-11-24T12:00:00.000Z", by: "person", summary: "drop: 1 pair", state: "undone" }],
  };
}

/** Neighbours of a made-up sample. */
export function nearestOf(made: MadeUp, sampleRow: number): Nearest {
  const near = [1, 2, 3, 4, 5, 6].map((step) => rowOf(made, (sampleRow + step * 40) % made.sampleCount, []));
  return {
    images: near.map(({ sample }, at) => ({ sample, score: 0.95 - at * 0.04 })),
    captions: near.map(({ sample, sampleRow: row }, at) => ({
      sample,
      captionIndex: 0,
      text: made.textOf(row * made.captionsPerSample),
      score: 0.36 - at * 0.03,
    })),
  };
}

/** Some clouds of points. */
export function cloudsOf(made: MadeUp): Points {
  const random = createRandom(3);
  const normal = (): number => random() + random() + random() - 1.5;
  const xy = new Float32Array(2 * made.sampleCount);
  for (let row = 0; row < made.sampleCount; row += 1) {
    const cloud = row % 10;
    xy[2 * row] = Math.cos(cloud) * (3 + (cloud % 3)) + normal();
    xy[2 * row + 1] = Math.sin(cloud) * (3 + (cloud % 3)) + normal();
  }
  if (made.sampleCount > 5) xy.fill(Number.NaN, 10, 12);
  return { generation: "g1", projection: "pca", xy, about: "PCA of 1,000 pictures: 31 % of the variance" };
}

/** How many groups of each kind the made-up dataset has. */
export const kindsWithGroups: readonly GroupKind[] = groupKinds.filter((kind) => kind === "confusable" || kind === "nearDuplicate");

/** What a made-up encoder says of a caption's words: supports as they are given, in the order of the words; behind them nothing is read. */
export function explainedOf(
  text: string,
  supports: readonly (number | null)[],
  method: ExplainedCaption["method"] = "leaveOneOut",
): ExplainedCaption {
  const words = leaveOneWordOut(text).map(({ word, from, to }, at) => ({
    ...{ word, from, to },
    support: supports[at] ?? null,
    isRead: at < supports.length,
  }));
  return { method, score: 0.31, words };
}
