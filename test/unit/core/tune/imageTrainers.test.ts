import { describe, expect, it } from "vitest";
import { captionWith, pickPrompts } from "../../../../src/core/tune/imageTrainers/captions.ts";
import type { ImageSelection, ImageTrainer, JobSubset } from "../../../../src/core/tune/imageTrainers/imageTrainer.ts";
import { findImageTrainer, imageTrainers } from "../../../../src/core/tune/imageTrainers/imageTrainers.ts";
import { latestSamples } from "../../../../src/core/tune/imageTrainers/samples.ts";
import { readSettings, safeWord } from "../../../../src/core/tune/imageTrainers/settings.ts";
import { simpleTunerBucket } from "../../../../src/core/tune/imageTrainers/simpleTunerBuckets.ts";
import { evenRepeats, planSubsets } from "../../../../src/core/tune/imageTrainers/subsets.ts";
import { readMade, picture, type Made } from "../trainers/madeFolder.ts";

const captions = {
  "a.jpg": ["sks, one dog", "a {small} sks dog"],
  "b.png": ["sks, two dogs, NA"],
  "c.webp": ["NA"],
  "d.jpg": ['sks, "quoted" {a|b}', "sks, 日本語", "null"],
};
const size = { width: 640, height: 480 };
/** Width, height, and the aspects of the buckets at 1024² and 512² as SimpleTuner 3.1.6 gives them (`MultiaspectImage.calculate_new_size_by_pixel_area`). */
const made = [
  [640, 480, 1.29, 1.29],
  [512, 512, 1.0, 1.0],
  [480, 640, 0.78, 0.78],
  [1000, 999, 1.0, 1.0],
  [1920, 1080, 1.75, 1.83],
  [3000, 1000, 3.11, 2.8],
  [100, 1000, 0.1, 0.12],
  [333, 500, 0.65, 0.7],
  [2626, 2443, 1.13, 1.0],
  [117, 3786, 0.03, 0.02],
  [3927, 3474, 1.13, 1.12],
  [245, 2223, 0.1, 0.12],
  [3125, 721, 4.12, 4.25],
] as const;

/** Two subsets of two pictures, one of them masked, as a trainer lays them out. */
function selectionFor(trainer: ImageTrainer, given: Readonly<Record<string, unknown>> = {}): ImageSelection {
  const subset = (name: string, repeats: number, isMasked: boolean, names: readonly (keyof typeof captions)[]): JobSubset => {
    const place = { name, repeats, isMasked };
    const folder = trainer.folderOf(place);
    const pictures = names.map((own) => ({ path: `${folder}/${trainer.nameOf?.(place, own) ?? own}`, captions: captions[own], size }));
    return { ...place, folder, maskFolder: isMasked ? trainer.maskOf?.(place, "a.png")?.folder : undefined, pictures };
  };
  const subsets = [subset("dogs", 1, false, ["a.jpg", "b.png"]), subset("cats", 3, trainer.maskOf !== undefined, ["c.webp", "d.jpg"])];
  return { folder: "/out", subsets, prompts: ["sks, one dog", "--w 3"], ...readSettings(trainer, { trigger: "sks", ...given }) };
}

/** The folder that a selection becomes, with the paths below one of its folders. */
function filesBelow(trainer: ImageTrainer, selection: ImageSelection, folder: string): Record<string, Made> {
  const texts = [...trainer.dataFiles(selection)].map(({ path, pieces }) => [path, [...pieces()].join("")] as const);
  const pictures = selection.subsets.flatMap(({ pictures: own }) =>
    own.map(({ path }) => [path, picture(size.width, size.height)] as const),
  );
  const inside = [...texts, ...pictures].filter(([path]) => path.startsWith(`${folder}/`));
  return Object.fromEntries(inside.map(([path, made]) => [path.slice(folder.length + 1), made]));
}

describe.each(imageTrainers.map((trainer) => [trainer.id, trainer] as const))("a folder for %s", (_, trainer) => {
  it("is read by the trainer as the job says, picture by picture", async () => {
    const selection = selectionFor(trainer);
    let shown = 0;
    for (const reading of trainer.readings(selection)) {
      const { dryRun } = await readMade(filesBelow(trainer, selection, reading.folder), reading);
      expect([dryRun.images, dryRun.shown, dryRun.withoutText, dryRun.stops]).toEqual([reading.images, reading.shown, 0, null]);
      shown += dryRun.shown;
    }
    // Rows of an ImageFolder are pairs: 3 of the first subset, 4 of the second three times.
    expect(shown).toBe(trainer.captions === "rows" ? 15 : 8);
  });

  it("gives the captions to the tokenizer that the trainer has a way for", async () => {
    const selection = selectionFor(trainer);
    const texts: string[] = [];
    for (const reading of trainer.readings(selection)) {
      const { pairs } = await readMade(filesBelow(trainer, selection, reading.folder), reading);
      texts.push(...pairs.flatMap(([, own]) => own));
    }
    const all = Object.values(captions);
    const wanted = (trainer.captions === "first" ? all.map(([first]) => [first!]) : all).flat();
    // kohya undoes doubled braces when it draws; ai-toolkit adds the trigger word itself and a blank behind commas.
    const read = texts.map((text) =>
      trainer.id === "kohya" ? text.replaceAll(/([{}])\1/g, "$1") : text.replace(/^sks NA$/, "NA").replaceAll(",  ", ", "),
    );
    expect([...new Set(read)].sort()).toEqual([...new Set(wanted)].sort());
  });

  it("is configured with absolute paths below the job's folder, a seed, and as many steps as there are batches", () => {
    const { files, args, steps } = trainer.configure(selectionFor(trainer, { batchSize: "2", epochs: 5, seed: 7, name: "my lora" }));
    const told = JSON.stringify([files, args]);
    expect(told).toContain("/out/output");
    expect(told).toMatch(/seed"?[:=]7/);
    // kohya: a batch of the first, unmasked folder and three of the masked one; others fill batches from all.
    expect(steps).toBe(5 * (trainer.captions === "rows" ? 8 : 4));
  });

  it("asks for numbers that can be, in one sentence", () => {
    expect(() => readSettings(trainer, { epochs: "0" })).toThrow("Expected a whole number from 1 for epochs but received 0");
    expect(() => readSettings(trainer, { rate: -1 })).toThrow("Expected a number above 0 for rate but received -1");
    expect(() => readSettings(trainer, { samples: 1.5 })).toThrow("Expected a whole number from 0 for samples but received 1.5");
    expect(() => readSettings(trainer, { family: "sd99" })).toThrow(`${trainer.name}: Expected one of`);
    expect(() => readSettings(trainer, { reps: 3 })).toThrow("but received reps");
  });
});

describe("kohya's dataset.toml", () => {
  it("holds nothing that the schema of sd-scripts would refuse (library/config_util.py)", () => {
    const trainer = findImageTrainer("kohya")!;
    const [file] = trainer.configure(selectionFor(trainer)).files;
    const { general, datasets, ...rest } = file!.value as unknown as Record<string, object> & { datasets: Record<string, object>[] };
    const buckets = ["enable_bucket", "min_bucket_reso", "max_bucket_reso", "bucket_reso_steps", "bucket_no_upscale"];
    expect([Object.keys(rest), Object.keys(general!)]).toEqual([[], ["caption_extension", "shuffle_caption", "keep_tokens"]]);
    for (const { subsets, ...dataset } of datasets) {
      expect(Object.keys(dataset).sort()).toEqual(["resolution", "batch_size", ...buckets].sort());
      for (const subset of subsets as object[])
        expect(["image_dir", "conditioning_data_dir", "num_repeats", "enable_wildcard"]).toEqual(
          expect.arrayContaining(Object.keys(subset)),
        );
    }
  });

  it("has no sample prompts where none are wanted", () => {
    for (const trainer of imageTrainers) {
      const { files, args } = trainer.configure({ ...selectionFor(trainer), prompts: [] });
      expect(files.map(({ path }) => path).filter((path) => path.endsWith("prompts.json"))).toEqual([]);
      expect(JSON.stringify([files, args])).not.toMatch(/sample_prompts":"|prompt_library":"|--validation_prompt|disable_sampling":false/);
    }
  });
});

describe("pictures", () => {
  it("of kinds that a trainer doesn't read stay behind", () => {
    const readers = (name: string) => imageTrainers.filter(({ reads }) => reads(name)).map(({ id }) => id);
    expect(readers("a.jpg")).toEqual(["kohya", "ai-toolkit", "simpletuner", "diffusers"]);
    expect(readers("a.bmp")).toEqual(["kohya", "simpletuner", "diffusers"]);
    expect(readers("a.Jpg")).toEqual(["ai-toolkit", "simpletuner", "diffusers"]);
    expect(readers("a.avif")).toEqual(["simpletuner"]);
  });
});

describe("SimpleTuner's buckets", () => {
  it.each(made)("have the aspects that its own code gives: %i × %i", (width, height, at1024, at512) => {
    expect([simpleTunerBucket({ width, height }, 1024), simpleTunerBucket({ width, height }, 512)]).toEqual([at1024, at512]);
  });

  it("that don't fill a step are told, because the trainer ends there", () => {
    const trainer = findImageTrainer("simpletuner")!;
    const warnings = (options: Readonly<Record<string, unknown>>) => trainer.configure(selectionFor(trainer, options)).warnings;
    expect(warnings({ batchSize: 2 })).toEqual([]);
    expect(warnings({ batchSize: 3 })).toEqual([
      "SimpleTuner would end at once, because dogs shows 2 pictures of the aspect 1.29 an epoch and a step takes 3: make the step smaller (--batch), or the subsets larger (--option by=all)",
    ]);
    expect(warnings({ batchSize: 4, accumulate: 2 })).toEqual([expect.stringContaining("and so do 1 other buckets")]);
  });
});

describe("masks", () => {
  it("go where the trainer looks for them, by the picture's name", () => {
    const place = { name: "cats", repeats: 3, isMasked: true };
    const maskOf = (id: string, name: string) => findImageTrainer(id)?.maskOf?.(place, name);
    expect(maskOf("kohya", "a.b.jpg")).toEqual({ folder: "masks/3_cats", name: "a.b.png" });
    expect(maskOf("ai-toolkit", "a.jpg")).toEqual({ folder: "masks/cats", name: "a.png" });
    expect([maskOf("simpletuner", "a.jpg"), maskOf("simpletuner", "a.PNG")]).toEqual([undefined, { folder: "masks/cats", name: "a.PNG" }]);
    expect(maskOf("diffusers", "a.png")).toBeUndefined();
  });

  it("turn on what reads them", () => {
    const told = (id: string) => JSON.stringify(findImageTrainer(id)!.configure(selectionFor(findImageTrainer(id)!)).files);
    expect(told("kohya")).toMatch(/"conditioning_data_dir":"\/out\/masks\/3_cats".*"masked_loss":true/);
    expect(told("ai-toolkit")).toContain('"mask_path":"/out/masks/cats"');
    expect(told("simpletuner")).toMatch(/"masked_loss_probability":1.*"conditioning_data":"cats-masks".*"source_dataset_id":"cats"/);
  });

  it("have a dataset of their own for kohya, where subsets with and without can't be together", () => {
    const [file] = findImageTrainer("kohya")!.configure(selectionFor(findImageTrainer("kohya")!)).files;
    const { datasets } = file!.value as unknown as { datasets: { subsets: { conditioning_data_dir?: string }[] }[] };
    expect(datasets.map(({ subsets }) => subsets.map((subset) => subset.conditioning_data_dir !== undefined))).toEqual([[false], [true]]);
  });
});

describe("a job for SimpleTuner", () => {
  const job = (given: Readonly<Record<string, unknown>>) => {
    const { env, files } = findImageTrainer("simpletuner")!.configure(selectionFor(findImageTrainer("simpletuner")!, given));
    return { env, vae: (files[0]!.value as Record<string, unknown>)["pretrained_vae_model_name_or_path"] };
  };

  it("takes the model's own VAE where that lies on the disk, and the trainer's choice for a repository", () => {
    for (const model of ["/models/sdxl", "C:\\models\\sdxl", "./sdxl"]) expect(job({ model }).vae).toBe(model);
    expect(job({ model: "stabilityai/stable-diffusion-xl-base-1.0" }).vae).toBeUndefined();
  });

  it("tells accelerate the precision, too, which it would take for bf16", () => {
    expect(job({ precision: "fp16" }).env).toMatchObject({ MIXED_PRECISION: "fp16" });
  });
});

describe("subsets", () => {
  const items = (set: string, count: number, masks = 0) =>
    Array.from({ length: count }, (_, at) => ({ set, title: `${set} / ${set}`, isMasked: at < masks }));

  it("are repeated until they are shown about as often as the largest, up to a limit", () => {
    expect(evenRepeats([100, 50, 40, 3, 1], 10)).toEqual([1, 2, 3, 10, 10]);
    expect(evenRepeats([100, 50], 1)).toEqual([1, 1]);
    expect(evenRepeats([], 10)).toEqual([]);
  });

  it("are named safely and each unlike the others, pictures with masks apart", () => {
    const { places, placeOf } = planSubsets([...items("dog", 4, 1), ...items("Dog", 2), ...items("", 1)], { repeats: 2, mostRepeats: 10 });
    expect(places).toEqual([
      { name: "dog-dog-masked", repeats: 2, isMasked: true },
      { name: "dog-dog", repeats: 2, isMasked: false },
      { name: "Dog-Dog-2", repeats: 4, isMasked: false },
      { name: "set", repeats: 8, isMasked: false },
    ]);
    expect(placeOf).toEqual([0, 1, 1, 1, 2, 2, 3]);
  });

  it("have words for names that file systems and trainers take", () => {
    expect([" a_b/c · d ", "…", "日本 語", "é".normalize("NFD"), "x".repeat(60)].map(safeWord)).toEqual([
      "a-b-c-d",
      "set",
      "日本-語",
      "é",
      "x".repeat(40),
    ]);
  });
});

describe("captions and prompts", () => {
  it("hold the trigger word once, on one line", () => {
    expect(captionWith("sks", " a dog\r\nruns ")).toBe("sks, a dog runs");
    expect(captionWith("sks", "a sks dog")).toBe("a sks dog");
    expect(captionWith(undefined, "a dog")).toBe("a dog");
  });

  it("take one text of each concept before a second of any, none twice", () => {
    expect(pickPrompts([["a", "b", "c"], ["a", "d"], ["e"]], 4)).toEqual(["a", "e", "b", "d"]);
    expect(pickPrompts([["a"]], 4)).toEqual(["a"]);
    expect(pickPrompts([["a"]], 0)).toEqual([]);
  });

  it("shuffle behind the trigger word where asked to", () => {
    const files = (id: string) =>
      JSON.stringify(findImageTrainer(id)!.configure(selectionFor(findImageTrainer(id)!, { shuffle: "true", trigger: "a, b" })).files);
    expect(files("kohya")).toContain('"shuffle_caption":true,"keep_tokens":2');
    expect(files("simpletuner")).toContain('"position_start":2');
  });
});

describe("sample pictures", () => {
  const parse = (id: string, name: string) => findImageTrainer(id)?.samples?.parse(name);

  it("say by their names of which checkpoint and prompt they are", () => {
    expect(parse("kohya", "my_lora_e000002_01_20260101120000_42.png")).toEqual({ unit: "epoch", at: 2, prompt: 1, made: "20260101120000" });
    expect(parse("kohya", "tuned_001500_00_20260101120000.png")).toEqual({ unit: "step", at: 1500, prompt: 0, made: "20260101120000" });
    expect(parse("ai-toolkit", "1700000000000__000000250_3.jpg")).toEqual({ unit: "step", at: 250, prompt: 3, made: "1700000000000" });
    expect(parse("simpletuner", "step_250_prompt02_0_1024x1024.png")).toEqual({ unit: "step", at: 250, prompt: 2, made: "" });
    expect(parse("simpletuner", "step_250_prompt02_(1024, 1024).png")).toMatchObject({ at: 250, prompt: 2 });
    expect(findImageTrainer("diffusers")!.samples).toBeUndefined();
  });

  it("leave out what is none", () => {
    for (const name of ["notes.txt", "tuned.png", "tuned_e000002.png"])
      for (const { samples } of imageTrainers) expect(samples?.parse(name)).toBeUndefined();
  });

  it("are in the order of checkpoint and prompt, the later one where a checkpoint was painted twice", () => {
    const sample = (at: number, prompt: number, made: string) => ({
      unit: "step" as const,
      at,
      prompt,
      made,
      path: `${at} ${prompt} ${made}`,
    });
    const listed = latestSamples([sample(20, 0, "9"), sample(3, 1, "5"), sample(3, 0, "5"), sample(3, 0, "12")]);
    expect(listed.map(({ path }) => path)).toEqual(["3 0 12", "3 1 5", "20 0 9"]);
  });
});
