import { readCsv } from "../../core/formats/csv.ts";
import type { FlickrCaption } from "../../core/formats/flickr.ts";
import { parseResultsLine, parseTokenLine, parseUnquotedCaption } from "../../core/formats/flickr.ts";
import type { Problem } from "../../core/problem.ts";
import type { Split } from "../../core/sample.ts";
import { gatherImageCaptions } from "./imageCaptions.ts";
import { imageFolders } from "./imagePaths.ts";
import type { ListedFile } from "./listing.ts";
import { baseOf, folderOf } from "./listing.ts";
import { limitProblems } from "./problemLimit.ts";
import type { Detection, FormatReader, Found, ReadContext } from "./reader.ts";
import { absolutePathOf } from "./samples.ts";
import { splitFromWord } from "./splits.ts";
import type { TableEvidence } from "./tableEvidence.ts";
import { tableCandidates, tableConfidence } from "./tableEvidence.ts";
import { malformedRow } from "./tableRows.ts";
import { readHead, readTableText } from "./tableText.ts";

/**
 * Flickr8k and Flickr30k: token files (`x.jpg#0<TAB>caption`), Kaggle's `captions.txt` (`image,caption`) and `results.csv` (with `|`), each
 * known by its first line. Where one folder holds the same captions in several of these, the first kind is read; lemmatised copies are not.
 */
export const flickrReader: FormatReader = {
  id: "flickr",
  name: "Flickr8k or Flickr30k",
  detect,
  read: (context) => limitProblems(read(context)),
};

type Kind = "token" | "captions" | "results";

interface FlickrTable extends TableEvidence {
  readonly kind: Kind;
}

interface Line {
  readonly line: number;
  /** Undefined where the line can't be read, for `reason`. */
  readonly parsed: FlickrCaption | undefined;
  readonly reason: string;
}

const kindNames: Readonly<Record<Kind, string>> = {
  token: "numbered captions",
  captions: "images and captions",
  results: "numbered comments",
};
const splitFile = /(train|dev|val|test)images\.txt$/i;

async function detect(context: ReadContext): Promise<Detection | undefined> {
  const tables = await findTables(context);
  const [first] = tables;
  if (first === undefined) return undefined;
  return {
    confidence: tableConfidence(context, 0.95, tables),
    reason: `${first.file.path} lists ${kindNames[first.kind]} as Flickr's sets do`,
  };
}

async function* read(context: ReadContext): AsyncGenerator<Found> {
  const gathered = gatherImageCaptions(context.listing);
  const splits = await readSplits(context);
  for (const { file, kind } of await findTables(context)) {
    const { value: text, problems } = await readTableText(context, file);
    for (const problem of problems) yield { kind: "problem", problem };
    context.signal?.throwIfAborted();
    const rows: { readonly line: number; readonly parsed: FlickrCaption }[] = [];
    for (const { line, parsed, reason } of linesOf(text ?? "", kind)) {
      if (parsed === undefined) yield { kind: "problem", problem: malformedRow(file, { line }, reason) };
      else rows.push({ line, parsed });
      if (parsed?.repaired === true) yield { kind: "problem", problem: repairedRow(file, line) };
    }
    const folders = imageFolders(
      context,
      file,
      rows.map(({ parsed }) => parsed.image),
    );
    rows.sort((a, b) => (a.parsed.index ?? 0) - (b.parsed.index ?? 0));
    for (const { line, parsed } of rows) {
      const { image, caption } = parsed;
      const captions = [{ text: caption, origin: { file: absolutePathOf(context.listing, file), line } }];
      const split = splits.get(image);
      const problem = gathered.add({ table: file, image, folders, captions, line, ...(split === undefined ? {} : { split }) });
      if (problem !== undefined) yield { kind: "problem", problem };
    }
  }
  yield* gathered.finish();
}

/** Tables of the listing, one for each folder. */
async function findTables(context: ReadContext): Promise<FlickrTable[]> {
  const byFolder = new Map<string, FlickrTable[]>();
  for (const file of tableCandidates(context, [".txt", ".csv", ".token"])) {
    if (/lemma/i.test(baseOf(file.path))) continue;
    const head = await readHead(context, file);
    const kind = sniffKind(head);
    if (kind === undefined) continue;
    const folder = folderOf(file.path);
    const parsed = [...linesOf(head.slice(0, head.lastIndexOf("\n") + 1), kind)].flatMap(({ parsed }) => parsed ?? []);
    const rowCount = (parsed.length * file.sizeBytes) / Math.max(1, head.length);
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), { file, kind, images: parsed.map(({ image }) => image), rowCount }]);
  }
  const order: readonly Kind[] = ["token", "captions", "results"];
  return [...byFolder.values()].flatMap((tables) => tables.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind)).slice(0, 1));
}

function sniffKind(head: string): Kind | undefined {
  const first = head.slice(0, Math.max(0, head.indexOf("\n"))).trim();
  if (/^[^\t]+\.\w+#\d+\t/.test(first)) return "token";
  if (/^image,caption$/i.test(first)) return "captions";
  return /^image_name\s*\|\s*comment_number\s*\|\s*comment$/i.test(first) ? "results" : undefined;
}

function* linesOf(text: string, kind: Kind): Generator<Line> {
  if (kind === "captions") {
    yield* captionLines(text);
    return;
  }
  const parse = kind === "token" ? parseTokenLine : parseResultsLine;
  const reason = kind === "token" ? "it is not name#number, a tab and a caption" : "it is not name|number|caption";
  for (const [line, content] of text.split(/\r?\n/).entries()) {
    if (content.trim() === "" || (kind === "results" && line === 0)) continue;
    yield { line, parsed: parse(content), reason };
  }
}

function* captionLines(text: string): Generator<Line> {
  for (const record of readCsv(text, ",")) {
    if (record.kind === "damage") {
      yield { line: record.line, parsed: undefined, reason: record.reason };
    } else if (record.line > 0) {
      const [image, caption] = record.cells;
      const isPlain = record.cells.length === 2 && image !== undefined && image !== "" && caption !== undefined;
      const parsed = isPlain ? { image, caption } : parseUnquotedCaption(text.slice(record.from, record.to));
      yield { line: record.line, parsed, reason: "it is not name,caption" };
    }
  }
}

/** Splits by name of picture, from `Flickr_8k.trainImages.txt` and its like. */
async function readSplits(context: ReadContext): Promise<ReadonlyMap<string, Split>> {
  const splits = new Map<string, Split>();
  for (const file of context.listing.files) {
    const split = splitFromWord(splitFile.exec(file.path)?.[1] ?? "");
    if (split === undefined) continue;
    const { value: text } = await readTableText(context, file);
    for (const name of (text ?? "").split(/\s+/)) if (name !== "") splits.set(name, split);
  }
  return splits;
}

function repairedRow(file: ListedFile, line: number): Problem {
  const message = `${file.path}, line ${line + 1} lacks the separator behind its number; the caption was read all the same`;
  return { code: "malformedRow", severity: "note", file: file.path, message, hint: "Put the separator in, for other readers stop there" };
}
