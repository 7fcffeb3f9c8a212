import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { readAs } from "../../src/engine/requests/readAs.ts";
import type { TrainerPair, TrainerReading } from "../../src/protocol/trainers.ts";
import { findPython, runPython } from "../python.ts";
import { tarOf } from "../unit/engine/discover/tar.ts";
import { createWorkplace, type Workplace } from "../unit/engine/store/workplace.ts";

type Files = Readonly<Record<string, string | Buffer>>;
type Folders = Readonly<Record<string, Files>>;

const script = fileURLToPath(new URL("readAsTrainers.py", import.meta.url));
const python = findPython();
const picture = await sharp({ create: { width: 4, height: 3, channels: 3, background: "red" } })
  .png()
  .toBuffer();
const latin1 = Buffer.from("caf\xe9", "latin1");
const pictures = { "a.png": picture, "b.png": picture, "c.png": picture };
const table = (captions: readonly string[], separator = "\t"): string =>
  [`filepath${separator}title`, ...captions.map((caption) => `a.png${separator}${caption}`), ""].join("\n");

/** Tables of raw text, as people's tools write them. */
const rawTables = fc.sample(
  fc.array(
    fc
      .array(fc.constantFrom('"', '""', "\t", " ", "NA", "7", "07", "a", "1.5", "-", "e3", "True", "\\", "#", "é"), { maxLength: 6 })
      .map((parts) => parts.join("")),
    { minLength: 1, maxLength: 4 },
  ),
  { numRuns: 60, seed: 5 },
);

const openClip: Folders = {
  naWords: { ...pictures, "t.tsv": table(["NA", "N/A", "null", "None", "", "plain", "nan", " NA", '"NA"']) },
  quotes: { ...pictures, "t.tsv": table(['"hi" she said', 'say "hi"', '"a ""b"" c"', '"two\nlines"', '"tab\there"', 'x"y']) },
  numbers: { ...pictures, "t.tsv": table(["007", "12", "+3", " 4"]) },
  numbersWithGap: { ...pictures, "t.tsv": table(["1", "NA", "22"]) },
  hugeNumbers: { ...pictures, "t.tsv": table(["18446744073709551615", "1"]) },
  tooHugeNumbers: { ...pictures, "t.tsv": table(["99999999999999999999999", "1"]) },
  floats: { ...pictures, "t.tsv": table(["1.5", "1e5", ".5", "1e-7", "1e16", "-2.", "inf", "-Infinity", "1e15", "0.0001"]) },
  booleans: { ...pictures, "t.tsv": table(["True", "FALSE", "true"]) },
  booleansWithGap: { ...pictures, "t.tsv": table(["True", "NA"]) },
  allGaps: { ...pictures, "t.tsv": table(["NA", ""]) },
  commas: { ...pictures, "t.csv": table(["plain", '"a, b"', "'single'"], ",") },
  markedCrlf: { ...pictures, "t.tsv": `\ufeff${table(["one", "two"]).replaceAll("\n", "\r\n")}` },
  macLines: { ...pictures, "t.tsv": table(["one", "two"]).replaceAll("\n", "\r") },
  blankLines: { ...pictures, "t.csv": "filepath,title\n\n  \na.png,one\n \t \nb.png,two\n,\n" },
  moreCellsThanNames: { ...pictures, "t.csv": "filepath,title\nx,a.png,shifted\n" },
  tooManyCells: { ...pictures, "t.csv": "filepath,title\na.png,one\nb.png,two,three\n" },
  fewerCells: { ...pictures, "t.csv": "filepath,title\na.png\nb.png,two\n" },
  unclosedQuote: { ...pictures, "t.tsv": table(['"never closed', "two"]) },
  latin1: { ...pictures, "t.tsv": Buffer.concat([Buffer.from("filepath\ttitle\na.png\t"), latin1, Buffer.from("\n")]) },
  otherColumns: { ...pictures, "t.tsv": "path\tcaption\na.png\tone\n" },
  sameNameTwice: { ...pictures, "t.tsv": "filepath\ttitle\ttitle\na.png\tone\ttwo\n" },
  missingPicture: { ...pictures, "t.tsv": "filepath\ttitle\na.png\tone\ngone.png\ttwo\n" },
  brokenPicture: { "a.png": Buffer.from("no picture at all"), "t.tsv": table(["one"]) },
  ...Object.fromEntries(rawTables.map((captions, at) => [`raw${at}`, { ...pictures, "t.tsv": table(captions) }])),
};

const shard = async (...members: readonly (readonly [string, string | Buffer])[]): Promise<Files> => ({ "0.tar": await tarOf(members) });
const whole = await tarOf([
  ["1.png", picture],
  ["1.txt", "one"],
  ["2.png", picture],
  ["2.txt", "two"],
]);
const webdataset: Folders = {
  plain: { "0.tar": whole, "part/1.tar": whole },
  noText: await shard(["1.png", picture], ["2.png", picture], ["2.txt", "two"]),
  noPicture: await shard(["1.txt", "one"], ["2.png", picture], ["2.txt", "two"]),
  dottedNames: await shard(["1.v2.png", picture], ["1.v2.txt", "one"], ["2.png", picture], ["2.txt", "two"]),
  scattered: await shard(["1.png", picture], ["2.png", picture], ["1.txt", "one"], ["2.txt", "two"]),
  memberTwice: await shard(["1.png", picture], ["1.txt", "one"], ["1.txt", "again"], ["1.png", picture]),
  upperCase: await shard(["1.PNG", picture], ["1.TXT", "one"]),
  latin1: await shard(["1.png", picture], ["1.txt", latin1], ["2.png", picture], ["2.txt", "two"]),
  brokenJson: await shard(["1.png", picture], ["1.txt", "one"], ["1.json", "{"], ["2.png", picture], ["2.txt", "two"], ["2.json", "{}"]),
  emptyText: await shard(["1.png", picture], ["1.txt", ""]),
  lines: await shard(["1.png", picture], ["1.txt", " one\r\ntwo\n"]),
  reserved: await shard(["__index__", "x"], ["__meta__/1.png", picture], ["2.png", picture], ["2.txt", "two"]),
  folders: await shard(["in/1.png", picture], ["in/1.txt", "one"], ["in.v2/1.png", picture], ["in.v2/1.txt", "two"]),
  cutOff: { "0.tar": whole.subarray(0, whole.length - 2048) },
};

const jsonl = (...rows: readonly unknown[]): string => rows.map((row) => JSON.stringify(row)).join("\n");
const imagefolder: Folders = {
  csv: { ...pictures, "metadata.csv": 'file_name,text\na.png,one\nb.png,"two, three"\n' },
  csvNaWords: { ...pictures, "metadata.csv": "file_name,text\na.png,NA\nb.png,None\nc.png,plain\n" },
  csvNumbers: { ...pictures, "metadata.csv": "file_name,text\na.png,007\nb.png,8\n" },
  jsonl: { ...pictures, "metadata.jsonl": jsonl({ file_name: "a.png", text: "one" }, { file_name: "b.png", text: "NA" }) },
  jsonlGaps: {
    ...pictures,
    "metadata.jsonl": jsonl({ file_name: "a.png", text: null }, { file_name: "b.png" }, { file_name: "c.png", text: "c" }),
  },
  jsonlBroken: { ...pictures, "metadata.jsonl": '{"file_name": "a.png", "text": "one"}\n{"file_name": ' },
  jsonlOfTwoTypes: { ...pictures, "metadata.jsonl": jsonl({ file_name: "a.png", text: "one" }, { file_name: "b.png", text: 2 }) },
  twoKinds: { ...pictures, "metadata.csv": "file_name,text\na.png,one\n", "in/metadata.jsonl": jsonl({ file_name: "x.png", text: "x" }) },
  noFileName: { ...pictures, "metadata.csv": "image,text\na.png,one\n" },
  numberedNames: { "1": picture, "metadata.csv": "file_name,text\n1,one\n" },
  otherName: { ...pictures, "metadata1.jsonl": jsonl({ file_name: "a.png", text: "one" }) },
  withoutRow: { ...pictures, "metadata.csv": "file_name,text\na.png,one\n" },
  missingPicture: { ...pictures, "metadata.csv": "file_name,text\na.png,one\ngone.png,two\n" },
  outOfFolder: { ...pictures, "metadata.csv": "file_name,text\n../a.png,one\n" },
  inFolders: {
    "x/a.png": picture,
    "x/metadata.csv": "file_name,text\na.png,one\n",
    "y/z/b.png": picture,
    "y/metadata.csv": "file_name,text\nz/b.png,two\n",
  },
  otherPrefix: { ...pictures, "metadata.csv": "image_file_name,text\na.png,one\n" },
  splits: {
    "train/a.png": picture,
    "train/metadata.csv": "file_name,text\na.png,one\n",
    "test/b.png": picture,
    "test/metadata.csv": "file_name,text\nb.png,two\n",
  },
  metadataAboveSplits: {
    "train/a.png": picture,
    "test/b.png": picture,
    "metadata.csv": "file_name,text\ntrain/a.png,one\ntest/b.png,two\n",
  },
  metadataInOneSplit: { "train/a.png": picture, "test/b.png": picture, "test/metadata.csv": "file_name,text\nb.png,two\n" },
  splitWordInOneName: { "a.png": picture, "b.png": picture, "dev-1.png": picture },
  splitWordInOneFolder: { "a.png": picture, "my_eval 2/b.png": picture },
  labels: { "cat/a.png": picture, "dog/b.png": picture },
  hidden: { "a.png": picture, ".b.png": picture, ".in/c.png": picture, "__in/d.png": picture },
  otherKinds: { "a.png": picture, "b.avif": picture, "c.HEIC": picture, "d.JPG": picture },
};

const all: Readonly<Record<string, Folders>> = { openClip, webdataset, imagefolder };

async function writeFolders(place: Workplace): Promise<void> {
  for (const [trainer, folders] of Object.entries(all)) {
    for (const [name, files] of Object.entries(folders)) {
      for (const [path, body] of Object.entries(files)) {
        const at = join(place.root, trainer, name, path);
        await mkdir(dirname(at), { recursive: true });
        await writeFile(at, body);
      }
    }
  }
}

/** What the loader itself read, or the error that ended it. */
type Loaded = Readonly<Record<string, { readonly pairs: readonly (readonly [string, string | null])[]; readonly error: string | null }>>;

/** A pair in the words of the loader's script. */
const worded: Readonly<Record<string, (pair: TrainerPair) => [string, string | null]>> = {
  openClip: ({ image, texts }) => [image, texts[0] ?? null],
  webdataset: ({ image, texts, set }) => [`${set}#${image.slice(set.length + 1).replace(/(?<=[^/])\.[^/]*$/, "")}`, texts[0] ?? null],
  imagefolder: ({ image, texts, set }) => [`${set}:${image}`, texts[0] ?? null],
};

/** `datasets` holds several metadata files of a split in a set: only their rows are told, not their order. */
function inOrder(trainer: string, pairs: readonly (readonly [string, string | null])[]): string {
  const texts = pairs.map((pair) => JSON.stringify(pair));
  return (trainer === "imagefolder" ? texts.sort() : texts).join("\n");
}

describe.skipIf(python === undefined)("trainers' own loaders (needs .venv; CI sets WINNOW_REQUIRE_PYTHON=1)", () => {
  it("read what we say that they read, row by row, and end where we say that they end", async () => {
    const place = await createWorkplace();
    await writeFolders(place);
    const loaded = JSON.parse(runPython(script, [place.root, place.outside])) as Loaded;
    const differences: unknown[] = [];
    for (const [key, { pairs, error }] of Object.entries(loaded)) {
      const [trainer = ""] = key.split("/");
      const ours: [string, string | null][] = [];
      const options = trainer === "openClip" && Object.keys(openClip[key.slice(9)] ?? {}).includes("t.csv") ? { csvSeparator: "," } : {};
      const reading: TrainerReading = await readAs(
        place.env,
        { root: join(place.root, key), trainer, options },
        { signal: new AbortController().signal, onPair: (pair) => void ours.push(worded[trainer]!(pair)) },
      );
      const { stops } = reading.dryRun;
      // The script does not decode ImageFolder's pictures: what ends that loader later is no difference here.
      const endsLater = trainer === "imagefolder" && stops !== null && /when it comes to it/.test(stops);
      if (error !== null ? stops === null : stops !== null && !endsLater) differences.push({ key, error, stops });
      else if (error === null && inOrder(trainer, ours) !== inOrder(trainer, pairs)) differences.push({ key, ours, pairs });
    }
    expect(Object.keys(loaded).length).toBe(Object.values(all).reduce((sum, folders) => sum + Object.keys(folders).length, 0));
    expect(differences).toEqual([]);
    const read = Object.values(loaded);
    expect(read.flatMap(({ pairs }) => pairs).length).toBeGreaterThan(150);
    expect(read.filter(({ error }) => error !== null).length).toBeGreaterThan(30);
  }, 120_000);
});
