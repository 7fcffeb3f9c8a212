import type { Env } from "../env.ts";
import { eachCsvRow, type TextRecord } from "../store/csvRows.ts";
import { editedFolder, type DatasetPlace } from "../store/dotWinnow.ts";
import { isMissing } from "../store/fileMoves.ts";
import { readBytes } from "../store/files.ts";
import { createPause } from "../store/inTurns.ts";
import type { Operation } from "../store/ledger.ts";
import { absoluteFromPath, readManifest, type ManifestEntry } from "../store/manifest.ts";
import type { Tables } from "../store/tables.ts";
import { quoteText } from "../store/tables.ts";

/** The operations now and at the last time, if there was one. */
interface Known {
  readonly operations: readonly Operation[];
  readonly before: readonly Operation[] | undefined;
}

/**
 * Fills the table `edits` with the pairs whose captions Winnow changed and nobody took back. An operation on a caption names it in its summary, a batch
 * lists its pairs in a file; where neither can be read (another Winnow wrote it), all captions of the files that it changed count as edited.
 */
export async function loadEdits(env: Env, place: DatasetPlace, tables: Tables, { operations, before = [] }: Known): Promise<void> {
  const edits = operations.filter(isStandingEdit);
  if (edits.map(idOf).join() === before.filter(isStandingEdit).map(idOf).join()) return;
  const files = new Set<string>();
  const named: EditedCaption[] = [];
  for (const edit of edits) {
    const own = captionOfEdit(edit);
    if (own !== undefined) {
      named.push({ ...own, author: authorOf(edit) });
      continue;
    }
    const entries = await entriesOf(env, place, edit);
    const listed = await readEditedList(env, place, entries);
    if (listed !== undefined) for (const caption of listed) named.push({ ...caption, author: caption.author ?? authorOf(edit) });
    else for (const { path } of entries) if (!path.startsWith(".winnow/")) files.add(absoluteFromPath(place, path));
  }
  await tables.load("editedCaptions", [
    { name: "sample", type: "text", values: named.map((caption) => caption.sample) },
    { name: "captionIndex", type: "integer", values: named.map((caption) => caption.captionIndex) },
    { name: "isShared", type: "boolean", values: named.map((caption) => caption.isShared) },
    { name: "author", type: "text", values: named.map((caption) => caption.author) },
    { name: "age", type: "integer", values: named.map((_, at) => at) },
  ]);
  const inFiles = [...files].map((file) => `starts_with(captionOrigin, ${quoteText(`{"file":${JSON.stringify(file)}`)})`);
  await tables.run(`CREATE OR REPLACE TABLE edits AS
    WITH own AS (SELECT p.*, e.isShared, e.author AS writer, e.age FROM pairs p JOIN editedCaptions e USING (sample, captionIndex)),
    all_edits AS (
      SELECT pair AS item, writer, age FROM own
      UNION ALL SELECT p.pair, o.writer, o.age FROM pairs p JOIN own o
        ON o.isShared AND p.captionOrigin = o.captionOrigin AND p.captionIndex = o.captionIndex
      UNION ALL SELECT pair, 'human', -1 FROM pairs WHERE ${inFiles.length === 0 ? "false" : inFiles.join(" OR ")})
    SELECT item, arg_max(writer, age) AS author FROM all_edits GROUP BY item`);
  await tables.run("DROP TABLE editedCaptions");
}

/** A caption that was changed; `isShared` where other pictures have the same place in the same file for theirs. */
export interface EditedCaption {
  readonly sample: string;
  readonly captionIndex: number;
  readonly isShared: boolean;
  /** Who wrote what it says since: a model's id or a rule's name; undefined where the operation's actor did. */
  readonly author?: string | undefined;
}

/** Who wrote the captions of an operation that doesn't say it of each: a person is "human", as the captions' authors are named. */
function authorOf({ by }: Operation): string {
  return by === "person" || by === "" ? "human" : by;
}

/** The caption that an operation changed, as its summary names it. */
export function captionOfEdit({ summary }: Pick<Operation, "summary">): EditedCaption | undefined {
  const found = /^caption (\d{1,9}) of (.+?)( and \d+ more)?: ".*" \(was ".*"\)$/su.exec(summary);
  if (found === null) return undefined;
  const [, index, sample = "", others] = found;
  return { sample, captionIndex: Number(index), isShared: others !== undefined };
}

export function isStandingEdit({ kind, state }: Operation): boolean {
  return kind === "caption" && (state === "done" || state === "partlyUndone");
}

function idOf({ operation }: Operation): string {
  return operation;
}

/** What an operation changed; nothing of one that leads elsewhere. */
/** The files of an operation; none, with a line of the log, where that can't be told. */
export async function entriesOf(env: Env, place: DatasetPlace, { operation }: Operation): Promise<readonly ManifestEntry[]> {
  return await readManifest(place, operation).catch((error: unknown) => {
    env.log("store.edits", `the files of ${operation} can't be told: ${String(error)}`);
    return [];
  });
}

/** The pairs that a batch changed, as its file in `.winnow/edited` lists them; undefined where it has none. */
export async function readEditedList(
  env: Env,
  place: DatasetPlace,
  entries: readonly ManifestEntry[],
): Promise<EditedCaption[] | undefined> {
  const path = entries.map((entry) => entry.path).find((own) => own.startsWith(`.winnow/${editedFolder}/`));
  if (path === undefined) return undefined;
  const bytes = await readBytes(env, absoluteFromPath(place, path)).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (bytes === undefined) return undefined;
  const captions: EditedCaption[] = [];
  const add = ({ sample = "", captionIndex = "", author = "" }: TextRecord): void => {
    if (sample === "" || !/^\d{1,9}$/.test(captionIndex)) return;
    captions.push({ sample, captionIndex: Number(captionIndex), isShared: false, author: author === "" ? undefined : author });
  };
  await eachCsvRow(bytes.toString("utf8"), add, createPause(env));
  return captions;
}
