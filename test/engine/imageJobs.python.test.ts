import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { readSettings } from "../../src/core/tune/imageTrainers/settings.ts";
import type { ConfigFile, ImageSelection, JobSubset } from "../../src/core/tune/imageTrainers/imageTrainer.ts";
import { findImageTrainer } from "../../src/core/tune/imageTrainers/imageTrainers.ts";
import { configText } from "../../src/engine/write/configText.ts";
import { findPython, runPython } from "../python.ts";
import { createWorkplace, write } from "../unit/engine/store/workplace.ts";

/** Words that readers of TOML, YAML and JSON Lines like to turn into something else. */
const words = [
  "no",
  "on",
  "1:30",
  "1e5",
  "007",
  "~",
  "null",
  "NA",
  '"quoted"',
  "back\\slash",
  "a: b #c",
  "- dash",
  "日本語 🐈",
  "{a|b}",
  "'''",
  "[trigger]",
];
const folder = '/data/it\'s "here"/ü';

function selectionFor(id: string): ImageSelection {
  const trainer = findImageTrainer(id)!;
  const place = { name: "dogs", repeats: 2, isMasked: false };
  const pictures = words.map((word, at) => ({
    path: `${trainer.folderOf(place)}/dogs-${at}.png`,
    captions: [word],
    size: { width: 4, height: 3 },
  }));
  const subset: JobSubset = { ...place, folder: trainer.folderOf(place), maskFolder: undefined, pictures };
  return { folder, subsets: [subset], prompts: words, ...readSettings(trainer, { rate: 1e-5, trigger: "no", model: "C:\\models\\x" }) };
}

function filesOf(id: string): readonly ConfigFile[] {
  return findImageTrainer(id)!.configure(selectionFor(id)).files;
}

describe.skipIf(findPython() === undefined)("Python (needs .venv; CI sets WINNOW_REQUIRE_PYTHON=1)", () => {
  it("reads the configurations as they were meant, and the ImageFolder with datasets, a row a pair and repeat", async () => {
    const place = await createWorkplace();
    for (const id of ["kohya", "ai-toolkit"])
      for (const file of filesOf(id)) await write(join(place.outside, id, file.path), configText(file));
    const trainer = findImageTrainer("diffusers")!;
    const selection = selectionFor("diffusers");
    for (const { path, pieces } of trainer.dataFiles(selection))
      await write(join(place.outside, "diffusers", path), [...pieces()].join(""));
    const picture = sharp({ create: { width: 4, height: 3, channels: 3, background: "red" } });
    for (const { path } of selection.subsets[0]!.pictures) await picture.clone().toFile(join(place.outside, "diffusers", path));

    const script = fileURLToPath(new URL("imageJobs.py", import.meta.url));
    const read = JSON.parse(runPython(script, [place.outside, join(place.env.cacheFolder, "hf")])) as Record<string, unknown>;

    const plain = (file: ConfigFile): unknown => JSON.parse(JSON.stringify(file.value));
    const [dataset, train] = filesOf("kohya").map(plain);
    expect(read["dataset"]).toEqual(dataset);
    expect(read["train"]).toEqual(train);
    expect(read["config"]).toEqual(plain(filesOf("ai-toolkit")[0]!));
    expect(read["rows"]).toEqual(words.flatMap((word) => [word, word]));
    expect(read["sizes"]).toEqual([[4, 3]]);
  }, 120_000);
});
