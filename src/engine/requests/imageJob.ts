import { access } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import type { Options } from "../../core/prune/options.ts";
import { splitExtension } from "../../core/trainers/paths.ts";
import { captionWith, pickPrompts } from "../../core/tune/imageTrainers/captions.ts";
import type { ExpectedReading, ImageSelection, ImageTrainer, JobSubset } from "../../core/tune/imageTrainers/imageTrainer.ts";
import { imageTrainers, findImageTrainer } from "../../core/tune/imageTrainers/imageTrainers.ts";
import { readSettings, type JobSettings } from "../../core/tune/imageTrainers/settings.ts";
import { shownOf } from "../../core/tune/imageTrainers/steps.ts";
import { planSubsets, type SubsetItem, type SubsetPlan } from "../../core/tune/imageTrainers/subsets.ts";
import type { TuneJob } from "../../core/tune/tuneJob.ts";
import { readPicture } from "../decode/openLocator.ts";
import type { Env } from "../env.ts";
import { eachConcurrently } from "../store/concurrent.ts";
import { withDataset } from "../store/dataset.ts";
import type { OperationId } from "../store/ledger.ts";
import { jobFileName } from "../tune/imageSamples.ts";
import { configText } from "../write/configText.ts";
import type { Exporter, PictureMode, PlacedItem } from "../write/exporters/exporter.ts";
import { exportAs, namePictures, slashes, type ExportTools } from "../write/export.ts";
import { exportItemsOf, type ExportItem, type LeftOut } from "../write/exportItems.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { leftUndecoded, readPictureFacts } from "./exportDataset.ts";
import { readAs } from "./readAs.ts";

/** What to make a job of: a text-to-image trainer by its id, its options as a person gave them, an absolute folder outside of the dataset, and prompts in the place of the dataset's own. */
export interface ImageJobRequest {
  readonly trainer: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly out: string;
  readonly prompts?: readonly string[];
  readonly pictures?: PictureMode;
  readonly withoutReview?: boolean;
}

/** How the writing is watched, and the reading behind it in pictures. */
export interface ImageJobWatch {
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  readonly onCheck?: (done: number, total: number) => void;
}

/** What our own reading of a folder found beside what the job says; `steps` and `stops` are null where there are none. */
export interface CheckedReading {
  readonly folder: string;
  readonly expected: { readonly images: number; readonly shown: number };
  readonly found: { readonly images: number; readonly shown: number };
  readonly steps: number | null;
  readonly stops: string | null;
  readonly agrees: boolean;
}

/** A job as its folder keeps it, in `job.json`: with the prompts of its sample pictures and the folder that those will lie in, null where they lie in none. */
export interface KeptJob extends TuneJob {
  readonly prompts: readonly string[];
  readonly samples: string | null;
}

/** A job that was written. `operation` is null where there was nothing to write. `masksLeft` and `captionsLeft` count masks and captions that the trainer has no place for. */
export interface ImageJob {
  readonly job: KeptJob;
  readonly subsets: readonly { readonly name: string; readonly images: number; readonly repeats: number; readonly isMasked: boolean }[];
  readonly leftOut: readonly LeftOut[];
  readonly masksLeft: number;
  readonly captionsLeft: number;
  readonly checks: readonly CheckedReading[];
  readonly warnings: readonly string[];
  readonly operation: OperationId | null;
}

/**
 * Writes what is kept of a dataset, without its validation and test splits, as the folder and the configuration that a trainer wants, as one operation that can be undone, and reads the
 * folder back as the trainer would. Throws a `RangeError` in one sentence for a trainer or an option that isn't known, `NotAnalysedError`, `ConflictError`.
 */
export async function writeImageJob(
  env: Env,
  dataset: AnalysedDataset,
  { request, watch }: { readonly request: ImageJobRequest; readonly watch: ImageJobWatch },
): Promise<ImageJob> {
  const trainer = findImageTrainer(request.trainer);
  if (trainer === undefined)
    throw new RangeError(`Expected one of ${imageTrainers.map(({ id }) => id).join(", ")} but received "${request.trainer}"`);
  const read = readSettings(trainer, request.options);
  const { tools, facts } = await createTools(env, dataset, watch);
  const samples = await dataset.samples();
  const written = await withDataset(env, dataset.root, async (open, state) => {
    const sizeOf = (sample: string) => facts.get(sample)?.size;
    const kept = exportItemsOf(samples, state, { sizeOf, withoutReview: request.withoutReview ?? false });
    const trained = kept.items.filter(({ split = "train" }) => split === "train");
    const chosen = await chooseItems(trained, { trainer, tools, dataset, settings: read.settings });
    const maker: Maker = { ...chosen, ...read, trainer, folder: slashes(resolve(request.out)), prompts: request.prompts ?? chosen.prompts };
    const { exported, placed } = await exportAs(open, chosen.items, { exporter: exporterOf(maker), request: { ...request, ...tools } });
    return { maker, placed, exported, leftOut: [...kept.leftOut, ...chosen.leftOut, ...exported.leftOut] };
  });
  const selection = selectionOf(written.maker, written.placed);
  const subsets = selection.subsets.map(({ name, repeats, isMasked, pictures }) => ({ name, images: pictures.length, repeats, isMasked }));
  const { operation } = written.exported;
  const checks = operation === null ? [] : await checkReadings(env, { ...request, readings: trainer.readings(selection) }, watch);
  const { warnings = [] } = trainer.configure(selection);
  const left = { leftOut: written.leftOut, ...countLeft(written.maker, selection) };
  return { job: jobOf(trainer, selection), subsets, ...left, checks, warnings, operation };
}

function countLeft({ trainer, masksLeft }: Maker, { subsets }: ImageSelection): Pick<ImageJob, "masksLeft" | "captionsLeft"> {
  const more = subsets.flatMap(({ pictures }) => pictures).reduce((sum, { captions }) => sum + captions.length - 1, 0);
  return { masksLeft, captionsLeft: trainer.captions === "first" ? more : 0 };
}

async function createTools(
  env: Env,
  dataset: AnalysedDataset,
  { signal, onProgress }: ImageJobWatch,
): Promise<{ tools: ExportTools; facts: Awaited<ReturnType<typeof readPictureFacts>> }> {
  const facts = await readPictureFacts(dataset);
  const tools: ExportTools = {
    readPicture: (locator) => readPicture(env, locator),
    hashOf: (sample) => facts.get(sample)?.hash,
    signal,
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  return { tools, facts };
}

/** All that a job's files are made of once its pictures have their places. */
interface Maker extends Chosen {
  readonly trainer: ImageTrainer;
  readonly settings: JobSettings;
  readonly options: Options;
  readonly folder: string;
}

interface Chosen {
  readonly items: readonly ExportItem[];
  readonly plan: SubsetPlan;
  readonly placeOf: ReadonlyMap<string, number>;
  readonly masks: ReadonlyMap<string, string>;
  readonly masksLeft: number;
  readonly prompts: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

async function chooseItems(
  all: readonly ExportItem[],
  { trainer, tools, dataset, settings }: { trainer: ImageTrainer; tools: ExportTools; dataset: AnalysedDataset; settings: JobSettings },
): Promise<Chosen> {
  const decoded = all.filter(({ size }) => size !== undefined);
  const names = await namePictures(decoded, tools);
  const items = decoded.filter((_, at) => trainer.reads(names[at]!));
  const unread = decoded.flatMap((item, at) => (trainer.reads(names[at]!) ? [] : [leftUnread(item, trainer, names[at]!)]));
  const { setOf, concepts } = await readSets(dataset, settings.by);
  const found = await findMasks(items);
  const anywhere = { name: "", repeats: 1, isMasked: true };
  const masks = new Map(
    [...found].filter(([, { picture }]) => trainer.maskOf?.(anywhere, picture) !== undefined).map(([sample, { mask }]) => [sample, mask]),
  );
  const inSets = items.map((item): SubsetItem => ({ ...setOf(item), isMasked: masks.has(item.sample) }));
  const plan = planSubsets(inSets, settings);
  const textOf = new Map(items.map(({ sample, captions }) => [sample, captionWith(settings.trigger, captions[0]!.text)]));
  const lists = concepts.map((members) => members.flatMap((sample) => textOf.get(sample) ?? []).slice(0, settings.samples));
  return {
    items,
    plan,
    placeOf: new Map(items.map(({ sample }, at) => [sample, plan.placeOf[at]!])),
    masks,
    masksLeft: found.size - masks.size,
    prompts: pickPrompts([...lists, [...textOf.values()].slice(0, settings.samples)], settings.samples),
    leftOut: [...all.filter(({ size }) => size === undefined).map(leftUndecoded), ...unread],
  };
}

function leftUnread({ sample }: ExportItem, { name }: ImageTrainer, file: string): LeftOut {
  return { sample, captionIndex: null, why: `${name} doesn't read ${splitExtension(file)[1] || file} files` };
}

/** What set an item belongs to, and the samples of each concept, the largest first and in it the most typical. */
async function readSets(
  dataset: AnalysedDataset,
  by: string,
): Promise<{ setOf: (item: ExportItem) => Pick<SubsetItem, "set" | "title">; concepts: readonly (readonly string[])[] }> {
  const samples = await dataset.samples();
  const groups = (await dataset.groups()).filter(({ kind }) => kind === "concept");
  const conceptOf = new Map(
    groups.flatMap(({ id, name, members }) => members.map(({ row }) => [samples[row]!.id as string, { set: id, title: name }] as const)),
  );
  const setOf = ({ sample, folder }: ExportItem): Pick<SubsetItem, "set" | "title"> => {
    if (by === "all") return { set: "all", title: "all" };
    if (by === "folder") return { set: folder, title: folder === "" ? "top" : folder };
    return conceptOf.get(sample) ?? { set: "", title: "other" };
  };
  return { setOf, concepts: groups.map(({ members }) => members.map(({ row }) => samples[row]!.id)) };
}

/** Pictures that are looked for a mask at once. */
const concurrency = 16;

/** OneTrainer's masks beside pictures, `<stem>-masklabel.png`. */
async function findMasks(items: readonly ExportItem[]): Promise<Map<string, { readonly picture: string; readonly mask: string }>> {
  const masks = new Map<string, { picture: string; mask: string }>();
  await eachConcurrently(items, concurrency, async ({ sample, locator }) => {
    if (locator.kind !== "file" || locator.nameBytes !== undefined) return;
    const mask = `${locator.path.replace(/\.[^./\\]*$/, "")}-masklabel.png`;
    await access(mask).then(
      () => masks.set(sample, { picture: locator.path, mask }),
      () => undefined,
    );
  });
  return masks;
}

function exporterOf(maker: Maker): Exporter {
  const { trainer, plan, placeOf, masks } = maker;
  const placeFor = ({ sample }: ExportItem) => plan.places[placeOf.get(sample)!]!;
  return {
    id: trainer.id,
    summary: trainer.name,
    pictures: ["copy", "hardlink"],
    paths: ["relative"],
    placeOf: (item, fileName) => {
      const place = placeFor(item);
      return [...trainer.folderOf(place).split("/"), trainer.nameOf?.(place, fileName) ?? fileName];
    },
    besides: (item) => {
      const from = masks.get(item.sample);
      const to = from === undefined ? undefined : trainer.maskOf?.(placeFor(item), item.picture.split(sep).at(-1)!);
      return from === undefined || to === undefined ? [] : [{ from, to: `${to.folder}/${to.name}` }];
    },
    files: function* (placed) {
      const selection = selectionOf(maker, placed);
      yield* trainer.dataFiles(selection);
      const job = jobOf(trainer, selection);
      for (const { path, text } of job.files) yield { path, pieces: () => [text] };
      yield { path: jobFileName, pieces: () => [`${JSON.stringify(job, null, 2)}\n`] };
    },
  };
}

function selectionOf(maker: Maker, placed: readonly PlacedItem[]): ImageSelection {
  const { trainer, settings, options, folder, prompts, plan, placeOf } = maker;
  const subsets = plan.places.map((place): JobSubset => {
    const maskFolder = place.isMasked ? trainer.maskOf?.(place, "a.png")?.folder : undefined;
    return { ...place, folder: trainer.folderOf(place), maskFolder, pictures: [] };
  });
  const pictures = subsets.map((): JobSubset["pictures"][number][] => []);
  for (const { sample, picture, captions, size } of placed)
    pictures[placeOf.get(sample)!]!.push({
      path: slashes(relative(folder, picture)),
      captions: captions.map(({ text }) => captionWith(settings.trigger, text)),
      size: size!,
    });
  const filled = subsets.map((subset, at) => ({ ...subset, pictures: pictures[at]! })).filter((subset) => subset.pictures.length > 0);
  return { folder, subsets: filled, prompts, settings, options };
}

function jobOf(trainer: ImageTrainer, selection: ImageSelection): KeptJob {
  const { folder, subsets, prompts, settings } = selection;
  const { command, args, env, cwd = folder, files, steps } = trainer.configure(selection);
  const texts = subsets.flatMap(({ pictures }) =>
    pictures.flatMap(({ captions }) => (trainer.captions === "first" ? captions.slice(0, 1) : captions)),
  );
  return {
    schema: 1,
    trainer: trainer.id,
    command,
    args,
    env,
    cwd,
    folder,
    files: files.map((file) => ({ path: file.path, text: configText(file) })),
    data: {
      images: subsets.reduce((sum, { pictures }) => sum + pictures.length, 0),
      pairs: texts.length,
      captions: new Set(texts).size,
      shown: trainer.captions === "rows" ? trainer.readings(selection).reduce((sum, { shown }) => sum + shown, 0) : shownOf(subsets),
    },
    steps,
    seconds: undefined,
    memoryBytes: undefined,
    prompts,
    samples: trainer.samples === undefined ? null : `${folder}/${trainer.samples.folder(settings)}`,
  };
}

async function checkReadings(
  env: Env,
  { out, readings }: { readonly out: string; readonly readings: readonly ExpectedReading[] },
  { signal, onCheck }: ImageJobWatch,
): Promise<CheckedReading[]> {
  const checks: CheckedReading[] = [];
  const total = readings.reduce((sum, { images }) => sum + images, 0);
  let before = 0;
  for (const { folder, trainer, options, images, shown } of readings) {
    const { dryRun } = await readAs(
      env,
      { root: resolve(out, folder), trainer, options, pairs: 0 },
      { signal, onProgress: ({ done }) => onCheck?.(before + done, total) },
    );
    before += images;
    const agrees = dryRun.images === images && dryRun.shown === shown && dryRun.stops === null;
    checks.push({
      folder,
      expected: { images, shown },
      found: { images: dryRun.images, shown: dryRun.shown },
      steps: dryRun.steps?.perEpoch ?? null,
      stops: dryRun.stops,
      agrees,
    });
  }
  return checks;
}
