import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { Sample } from "../../src/core/sample.ts";
import { withDataset } from "../../src/engine/store/dataset.ts";
import { exportItems, type ExportRequest } from "../../src/engine/write/export.ts";
import { exportItemsOf } from "../../src/engine/write/exportItems.ts";
import { createWorkplace, sampleOf, type Workplace } from "../unit/engine/store/workplace.ts";

const python = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
const reader = fileURLToPath(new URL("readExports.py", import.meta.url));
const missing = !existsSync(python) && process.env["WINNOW_REQUIRE_PYTHON"] !== "1";

/** Texts that readers of CSV like to turn into something else. */
const nasty = [
  "NA",
  "N/A",
  "n/a",
  "null",
  "NULL",
  "None",
  "NaN",
  "nan",
  "-nan",
  "<NA>",
  "#N/A",
  "1.#IND",
  "True",
  "FALSE",
  "inf",
  "-Infinity",
  "007",
  "1e5",
  "-3.",
  ".5",
  "+1",
  "0x1A",
  '"hi" she said',
  '"',
  '""',
  'ends with "',
  "'quoted'",
  "a\ttab",
  "line\nline",
  "line\r\nline",
  "comma, comma",
  "a | b",
  "\\",
  "\\n",
  "# comment",
  "=SUM(A1)",
  "日本語 🐈",
  "é vs é",
  " leading",
  "trailing ",
  "2020-01-01",
  "\ufeffmarked",
  "\u2028separated",
  "nul\0byte",
  '{"a": 1}',
  "[1]",
  "1,000",
  "1_000",
];

const captions = [
  ...nasty,
  ...fc.sample(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), { numRuns: 150, seed: 1 }),
  ...fc
    .sample(fc.array(fc.constantFrom('"', "\t", ",", "\n", "NA", "7", " ", "a", "\\", "'"), { minLength: 1, maxLength: 12 }), {
      numRuns: 110,
      seed: 2,
    })
    .map((parts) => parts.join("")),
].filter((text) => text.trim() !== "");

function send(place: Workplace, name: string, samples: readonly Sample[], request: Omit<ExportRequest, "out">): Promise<unknown> {
  const { items } = exportItemsOf(samples, { selection: [], splits: new Map(), moves: [] });
  const readPicture = () => Promise.reject(new Error("Expected no picture in an archive"));
  return withDataset(place.env, place.root, (dataset) =>
    exportItems(dataset, items, { ...request, out: join(place.outside, name), readPicture }),
  );
}

interface ReadBack {
  readonly [table: string]: unknown;
  readonly tabs: { readonly paths: readonly string[]; readonly captions: readonly string[] };
  readonly commas: { readonly captions: readonly string[] };
  readonly numbers: { readonly captions: readonly string[] };
  readonly imagefolder: Readonly<Record<string, readonly string[]>>;
  readonly coco: readonly (readonly [string, string])[];
  readonly jsonl: readonly string[];
}

describe("exports read back by pandas and datasets", () => {
  it.skipIf(missing)("give every caption as it was (needs .venv; CI sets WINNOW_REQUIRE_PYTHON=1)", async () => {
    const place = await createWorkplace();
    const picture = await sharp({ create: { width: 4, height: 3, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    await Promise.all(["a b.png", 'q"uote.png'].map((name) => sharp(picture).toFile(join(place.root, name))));
    const samples = [sampleOf(place.root, "a b.png", captions), sampleOf(place.root, 'q"uote.png', ["last"], { split: "train" })];
    const numbers = [sampleOf(place.root, "a b.png", ["007", "1e5", "-2.50", " 12 ", "NA", "True"])];
    const oneSplit = [samples[0] as Sample, sampleOf(place.root, 'q"uote.png', ["last"])];
    await send(place, "tabs", oneSplit, { format: "open_clip" });
    await send(place, "commas", oneSplit, { format: "open_clip", separator: ",", paths: "relative" });
    await send(place, "numbers", numbers, { format: "open_clip" });
    await send(
      place,
      "imagefolder",
      [...samples, sampleOf(place.root, "a b.png", ["held out"], { split: "test" })].map((sample, at) => ({
        ...sample,
        id: `${at}.png` as Sample["id"],
      })),
      { format: "imagefolder" },
    );
    await send(place, "coco", oneSplit, { format: "coco" });
    await send(place, "jsonl", oneSplit, { format: "jsonl" });
    const { stdout } = await promisify(execFile)(python, [reader, place.outside, join(place.env.cacheFolder, "hf")], {
      maxBuffer: 1 << 26,
    });
    const read = JSON.parse(stdout) as ReadBack;

    const wanted = [...captions, "last"];
    const oneLine = wanted.map((text) => text.replaceAll(/[\r\n\u2028\u2029\u0085\v\f]+/g, " ").replaceAll("\0", " "));
    expect(read.tabs.captions.map((text) => text.trimStart())).toEqual(oneLine.map((text) => text.trimStart()));
    expect(read.commas.captions).toEqual(read.tabs.captions);
    expect(read.tabs.paths[0]).toBe(join(place.root, "a b.png"));
    expect(read.tabs.paths.at(-1)).toBe(join(place.root, 'q"uote.png'));
    expect(read.numbers.captions.map((text) => text.trim())).toEqual(["007", "1e5", "-2.50", "12", "NA", "True"]);
    expect(read.imagefolder).toEqual({ train: wanted, test: ["held out"] });
    expect(read.coco.map(([, caption]) => caption)).toEqual(wanted);
    expect(read.jsonl).toEqual(wanted);
  });
});
