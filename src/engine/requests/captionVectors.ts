import { duplicateClasses } from "../../core/clusters/duplicates.ts";
import { normalisedTexts } from "../../core/clusters/sameCaption.ts";
import type { Group } from "../../core/group.ts";
import type { Buckets } from "../../core/signals/pairs.ts";
import { bucketsOf } from "../../core/signals/pairs.ts";
import { textKey } from "../encode/encodeTexts.ts";
import type { OpenAnalysis } from "../store/analysis.ts";
import type { Tables } from "../store/tables.ts";
import type { VectorStore } from "../store/vectors.ts";
import type { PlacedVectors } from "./placedVectors.ts";
import { placeVectors } from "./placedVectors.ts";

/** A dataset's different texts as vectors, and who has them. Texts are numbered by first use; pairs are those of the tables. */
export interface CaptionVectors {
  readonly vectors: PlacedVectors;
  /** The text of each pair; −1 for an empty caption. */
  readonly textOfPair: Int32Array;
  readonly imageOfPair: Int32Array;
  readonly pairsOfImage: Buckets;
  /** The first pair that has a text. */
  readonly firstPair: Int32Array;
  /** Texts that say the same but for case, spaces and the like are of one class. */
  readonly classOf: Int32Array;
  /** Samples that any kind of duplicate joins are of one class. */
  readonly duplicateOf: Int32Array;
}

/** Reads the captions of an analysis and gathers their vectors, in memory up to `memoryBytes`. */
export async function openCaptionVectors(analysis: OpenAnalysis, store: VectorStore, memoryBytes: number): Promise<CaptionVectors> {
  const { tables, summary } = analysis;
  const rowOfText = new Map<string, number>();
  const textOfPair = new Int32Array(summary.captions);
  const imageOfPair = new Int32Array(summary.captions);
  const firstPair: number[] = [];
  for await (const rows of tables.stream("SELECT pair, sampleRow, caption FROM pairs ORDER BY pair")) {
    for (const { pair, sampleRow, caption } of rows) {
      const text = String(caption);
      if (text.trim() !== "" && !rowOfText.has(text)) {
        rowOfText.set(text, rowOfText.size);
        firstPair.push(Number(pair));
      }
      textOfPair[Number(pair)] = rowOfText.get(text) ?? -1;
      imageOfPair[Number(pair)] = Number(sampleRow);
    }
  }
  const texts = [...rowOfText.keys()];
  return {
    vectors: await placeVectors(store, texts.map(textKey), memoryBytes),
    textOfPair,
    imageOfPair,
    pairsOfImage: bucketsOf(imageOfPair, summary.samples),
    firstPair: Int32Array.from(firstPair),
    classOf: normalisedTexts(texts),
    duplicateOf: duplicateClasses(summary.samples, await readDuplicates(tables)),
  };
}

/** Groups of all kinds of duplicates as `duplicateClasses` takes them: exact ones before those of their keepers. */
export async function readDuplicates(tables: Tables): Promise<Group[]> {
  const groups = new Map<string, Group & { members: { row: number }[] }>();
  const kinds = ["duplicate", "pixelDuplicate", "nearDuplicate"];
  for (const { id, sampleRow } of await tables.query(
    `SELECT id, sampleRow FROM members WHERE kind IN ('${kinds.join("', '")}') ORDER BY list_position(['${kinds.join("', '")}'], kind), id, position`,
  )) {
    const group = groups.get(String(id)) ?? { id: String(id), kind: "duplicate", name: "", members: [] };
    groups.set(String(id), group);
    group.members.push({ row: Number(sampleRow) });
  }
  return [...groups.values()];
}
