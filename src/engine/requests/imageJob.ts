import { relative, resolve, sep } from "node:path";
import type { Options } from "../../core/prune/options.ts";
import { captionWith } from "../../core/tune/imageTrainers/captions.ts";
import type { ImageSelection, ImageTrainer, JobSubset } from "../../core/tune/imageTrainers/imageTrainer.ts";
import { imageTrainers, findImageTrainer } from "../../core/tune/imageTrainers/imageTrainers.ts";
import type { ImageTuneJob } from "../../core/tune/imageTrainers/imageTuneJob.ts";
import { readSettings, type JobSettings } from "../../core/tune/imageTrainers/settings.ts";
import { shownOf } from "../../core/tune/imageTrainers/steps.ts";
import { readPicture } from "../decode/openLocator.ts";
import type { Env } from "../env.ts";
import { readDataset, withDataset } from "../store/dataset.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import type { OperationId } from "../store/ledger.ts";
import { jobFileName } from "../tune/imageSamples.ts";
import { configText } from "../write/configText.ts";
import type { Exporter, PictureMode, PlacedItem } from "../write/exporters/exporter.ts";
import { exportAs, placeItems, slashes, type ExportTools } from "../write/export.ts";
import { exportItemsOf, type ExportItem, type LeftOut } from "../write/exportItems.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readPictureFacts } from "./exportDataset.ts";
import { chooseItems, type Chosen } from "./imageItems.ts";
import { checkReadings, type CheckedReading } from "./imageReadings.ts";

/** What to make a job of: a text-to-image trainer by its id, its options as a person gave them, and prompts in the place of the dataset's own. */
export interface ImageJobRequest {
  readonly trainer: string;
  readonly options: Readonly<Record<string, unknown>>;
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

/** A job before it is written: `job` is what its folder keeps in `job.json`. `masksLeft` and `captionsLeft` count masks and captions that the trainer has no place for. */
export interface PlannedImageJob {
  readonly job: ImageTuneJob;
  readonly subsets: readonly { readonly name: string; readonly images: number; readonly repeats: number; readonly isMasked: boolean }[];
  readonly leftOut: readonly LeftOut[];
  readonly masksLeft: number;
  readonly captionsLeft: number;
  readonly warnings: readonly string[];
}

/** A job that was written. `operation` is null where there was nothing to write. */
export interface ImageJob extends PlannedImageJob {
  readonly checks: readonly CheckedReading[];
  readonly operation: OperationId | null;
}

/** All that a job is made of but its folder. */
export interface ImageChoice extends Chosen {
  readonly trainer: ImageTrainer;
  readonly settings: JobSettings;
  readonly options: Options;
  readonly pictures: PictureMode | undefined;
  readonly tools: ExportTools;
}

/**
 * Chooses what a trainer reads of what is kept of a dataset, without its validation and test splits; nothing is written. Throws a `RangeError` in one sentence for a trainer or an option that
 * isn't known, `NotAnalysedError`.
 */
export async function chooseImages(env: Env, dataset: AnalysedDataset, request: ImageJobRequest): Promise<ImageChoice> {
  const trainer = findImageTrainer(request.trainer);
  if (trainer === undefined)
    throw new RangeError(`Expected one of ${imageTrainers.map(({ id }) => id).join(", ")} but received "${request.trainer}"`);
  const read = readSettings(trainer, request.options);
  const facts = await readPictureFacts(dataset);
  const tools: ExportTools = {
    readPicture: (locator) => readPicture(env, locator),
    hashOf: (sample) => facts.get(sample)?.hash,
  };
  const sizeOf = (sample: string) => facts.get(sample)?.size;
  const { state } = await readDataset(env, dataset.root);
  const kept = exportItemsOf(await dataset.samples(), state, { sizeOf, withoutReview: request.withoutReview ?? false });
  const trained = kept.items.filter(({ split = "train" }) => split === "train");
  const chosen = await chooseItems(trained, { trainer, tools, dataset, settings: read.settings });
  const prompts = request.prompts ?? chosen.prompts;
  const leftOut = [...kept.leftOut, ...chosen.leftOut];
  return { ...chosen, ...read, trainer, tools, prompts, leftOut, pictures: request.pictures };
}

/** What `writeImageJob` would write into an absolute folder. Nothing is written. Throws as it does, but for conflicts. */
export async function planImageJob(env: Env, root: string, choice: ImageChoice, out: string): Promise<PlannedImageJob> {
  const maker = makerOf(choice, out);
  const { placed, leftOut } = await placeItems(await locateDataset(env, root), maker.items, exportOf(maker));
  return plannedOf(maker, selectionOf(maker, placed), leftOut);
}

/**
 * Writes what was chosen as the folder and the configuration that its trainer wants, as one operation that can be undone, and reads the folder back as the trainer would. `out` is an
 * absolute folder outside of the dataset. Throws a `ConflictError`.
 */
export async function writeImageJob(
  env: Env,
  root: string,
  choice: ImageChoice,
  { out, watch }: { readonly out: string; readonly watch: ImageJobWatch },
): Promise<ImageJob> {
  const maker = makerOf(choice, out);
  const { exported, placed } = await withDataset(env, root, (open) => exportAs(open, maker.items, exportOf(maker, watch)));
  const selection = selectionOf(maker, placed);
  const readings = exported.operation === null ? [] : maker.trainer.readings(selection);
  const checks = await checkReadings(env, { out, readings }, watch);
  return { ...plannedOf(maker, selection, exported.leftOut), checks, operation: exported.operation };
}

/** All that a job's files are made of once its pictures have their places. */
interface Maker extends ImageChoice {
  readonly folder: string;
}

function makerOf(choice: ImageChoice, out: string): Maker {
  return { ...choice, folder: slashes(resolve(out)) };
}

function exportOf(maker: Maker, { signal, onProgress }: Partial<ImageJobWatch> = {}) {
  const { folder: out, pictures, tools } = maker;
  const watch = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  return { exporter: exporterOf(maker), request: { out, ...(pictures && { pictures }), ...tools, ...watch } };
}

function plannedOf(maker: Maker, selection: ImageSelection, leftOut: readonly LeftOut[]): PlannedImageJob {
  const { trainer } = maker;
  const subsets = selection.subsets.map(({ name, repeats, isMasked, pictures }) => ({ name, images: pictures.length, repeats, isMasked }));
  const { warnings = [] } = trainer.configure(selection);
  return { job: jobOf(trainer, selection), subsets, leftOut: [...maker.leftOut, ...leftOut], ...countLeft(maker, selection), warnings };
}

function countLeft({ trainer, masksLeft }: Maker, { subsets }: ImageSelection): Pick<ImageJob, "masksLeft" | "captionsLeft"> {
  const more = subsets.flatMap(({ pictures }) => pictures).reduce((sum, { captions }) => sum + captions.length - 1, 0);
  return { masksLeft, captionsLeft: trainer.captions === "first" ? more : 0 };
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

function jobOf(trainer: ImageTrainer, selection: ImageSelection): ImageTuneJob {
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
    epochs: settings.epochs,
    prompts,
    samples: trainer.samples === undefined ? null : `${folder}/${trainer.samples.folder(settings)}`,
  };
}
