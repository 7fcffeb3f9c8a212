import type { Env } from "../env.ts";
import type { DatasetPlace } from "../store/dotWinnow.ts";
import type { Operation } from "../store/ledger.ts";
import { absoluteFromPath, readManifest } from "../store/manifest.ts";
import type { Tables } from "../store/tables.ts";
import { quoteText } from "../store/tables.ts";

/** The operations now and at the last time, if there was one. */
interface Known {
  readonly operations: readonly Operation[];
  readonly before: readonly Operation[] | undefined;
}

/**
 * Fills the table `edits` with the pairs whose captions Winnow changed and nobody took back. An operation on a caption names it in its summary; where that
 * can't be read (another Winnow wrote it), all captions of the files that it changed count as edited.
 */
export async function loadEdits(env: Env, place: DatasetPlace, tables: Tables, { operations, before = [] }: Known): Promise<void> {
  const edits = operations.filter(isStandingEdit);
  if (edits.map(idOf).join() === before.filter(isStandingEdit).map(idOf).join()) return;
  const named = edits.map(captionOfEdit);
  const files = await filesOf(
    env,
    place,
    edits.filter((_, index) => named[index] === undefined),
  );
  await tables.load("editedCaptions", [
    { name: "sample", type: "text", values: named.map((caption) => caption?.sample) },
    { name: "captionIndex", type: "integer", values: named.map((caption) => caption?.captionIndex) },
    { name: "isShared", type: "boolean", values: named.map((caption) => caption?.isShared) },
  ]);
  const inFiles = files.map((file) => `starts_with(captionOrigin, ${quoteText(`{"file":${JSON.stringify(file)}`)})`);
  await tables.run(`CREATE OR REPLACE TABLE edits AS
    WITH own AS (SELECT p.*, e.isShared FROM pairs p JOIN editedCaptions e USING (sample, captionIndex))
    SELECT pair AS item FROM own
    UNION SELECT p.pair FROM pairs p JOIN own o ON o.isShared AND p.captionOrigin = o.captionOrigin AND p.captionIndex = o.captionIndex
    UNION SELECT pair FROM pairs WHERE ${inFiles.length === 0 ? "false" : inFiles.join(" OR ")}`);
  await tables.run("DROP TABLE editedCaptions");
}

/** The caption that an operation changed, as its summary names it; `isShared` where other pictures have the same place in the same file for theirs. */
export function captionOfEdit({
  summary,
}: Pick<Operation, "summary">): { sample: string; captionIndex: number; isShared: boolean } | undefined {
  const found = /^caption (\d{1,9}) of (.+?)( and \d+ more)?: ".*" \(was ".*"\)$/su.exec(summary);
  if (found === null) return undefined;
  const [, index, sample = "", others] = found;
  return { sample, captionIndex: Number(index), isShared: others !== undefined };
}

function isStandingEdit({ kind, state }: Operation): boolean {
  return kind === "caption" && (state === "done" || state === "partlyUndone");
}

function idOf({ operation }: Operation): string {
  return operation;
}

/** The files of people's that operations changed; those of one that leads elsewhere are left out. */
async function filesOf(env: Env, place: DatasetPlace, operations: readonly Operation[]): Promise<string[]> {
  const files = new Set<string>();
  for (const { operation } of operations) {
    const entries = await readManifest(place, operation).catch((error: unknown) => {
      env.log("store.edits", `the files of ${operation} can't be told: ${String(error)}`);
      return [];
    });
    for (const { path } of entries) if (!path.startsWith(".winnow/")) files.add(absoluteFromPath(place, path));
  }
  return [...files];
}
