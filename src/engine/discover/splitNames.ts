import type { Split } from "../../core/sample.ts";
import { baseOf } from "./listing.ts";
import { splitFromPath, splitFromWord } from "./splits.ts";

/**
 * Split that a table or shard belongs to by its name (`captions_val2017.json`, `train-00000.tar`), else by the first folder of its path.
 */
export function splitFromFile(path: string): Split | undefined {
  for (const word of baseOf(path).split(/[^A-Za-z]+/)) {
    const split = splitFromWord(word);
    if (split !== undefined) return split;
  }
  return splitFromPath(path);
}
