import type { Dirent } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { countFacts } from "../store/facts.ts";
import { isMissing } from "../store/fileMoves.ts";
import type { Pause } from "../store/inTurns.ts";
import { readNpyHeader } from "../store/npy.ts";
import { isWholeStampedMap } from "../store/stampedMap.ts";
import { openTables } from "../store/tables.ts";
import type { CachePiece } from "./inventory.ts";
import type { Damage } from "./damage.ts";
import { unreadable } from "./damage.ts";

/** Checks a shard of facts. */
export async function checkFacts({ paths }: CachePiece): Promise<readonly Damage[]> {
  const file = paths[0]!;
  const bytes = await readFile(file).catch(goneIsFine);
  return bytes === undefined || countFacts(bytes) !== undefined ? [] : [{ file, paths, what: "it is cut off, or not ours" }];
}

/** Checks all that is kept of a dataset. A generation with a damaged file goes whole, for its files belong together; any other file goes alone. */
export async function checkTables({ paths: [folder] }: CachePiece, pause: Pause): Promise<readonly Damage[]> {
  const damages: Damage[] = [];
  for (const entry of await readdir(folder!, { recursive: true, withFileTypes: true }).catch((): Dirent[] => [])) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const what = await faultOf(file, pause).catch((error: unknown) => (isMissing(error) ? undefined : unreadable(error)));
    const isOfGeneration = dirname(entry.parentPath) === folder && /^g[\w]+-/.test(entry.parentPath.slice(folder.length + 1));
    if (what !== undefined) damages.push({ file, what, paths: [isOfGeneration ? entry.parentPath : file] });
  }
  return damages;
}

/** What is wrong with a file, by what its name says it is; throws what reading throws. */
async function faultOf(file: string, pause: Pause): Promise<string | undefined> {
  if (file.endsWith(".parquet")) await readTable(file);
  if (file.endsWith(".index")) return isWholeStampedMap(await readFile(file)) ? undefined : "its checksum differs";
  if (file.endsWith(".npy")) return (await readNpyHeader(file)) === undefined ? "it is no .npy file" : undefined;
  if (file.endsWith(".json")) JSON.parse(await readFile(file, "utf8"));
  if (file.endsWith(".jsonl")) {
    for (const line of (await readFile(file, "utf8")).split("\n")) {
      if (line !== "") JSON.parse(line);
      await pause();
    }
  }
  return undefined;
}

/** Reads every value of a table: a footer alone says nothing of what lies before it. */
async function readTable(path: string): Promise<void> {
  const tables = await openTables({ checked: path });
  try {
    await tables.query("SELECT bit_xor(hash(checked)) IS NULL AS isEmpty FROM checked");
  } finally {
    tables.close();
  }
}

function goneIsFine(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
