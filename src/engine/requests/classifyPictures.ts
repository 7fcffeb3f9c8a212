import { join } from "node:path";
import { duplicateClasses } from "../../core/clusters/duplicates.ts";
import type { ProviderChoice } from "../../core/providers.ts";
import type { ContentHash } from "../../core/sample.ts";
import type { ImageClass, LabelSource } from "../../core/tune/classLabels.ts";
import { classesOf } from "../../core/tune/classLabels.ts";
import type { Labelled } from "../../core/tune/classifiers/classifier.ts";
import type { CrossFitInput, CrossFitted } from "../../core/tune/classifiers/crossFit.ts";
import { crossFit } from "../../core/tune/classifiers/crossFit.ts";
import type { ClassifierMethod } from "../../core/tune/classifiers/methods.ts";
import { classifierMethods } from "../../core/tune/classifiers/methods.ts";
import { usualTemperature } from "../../core/tune/job.ts";
import { unitRows } from "../../core/tune/unit.ts";
import type { Classified, Misfit } from "../../protocol/classified.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import { isImported } from "../encode/importedEncoder.ts";
import type { Env } from "../env.ts";
import { openGemm } from "../run/openGemm.ts";
import { formatCsv } from "../store/csvRows.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { writeAtomically } from "../store/files.ts";
import { openVectors } from "../store/vectors.ts";
import { writeSafetensors } from "../tune/safetensors.ts";
import { TuneError } from "../tune/tuneError.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readDuplicates } from "./captionVectors.ts";
import { placeVectors } from "./placedVectors.ts";
import { createQueryEncoder } from "./queryEncoder.ts";
import { findEncoderOf } from "./encoderOfAnalysis.ts";
import { readContentHashes } from "./searcher.ts";
import { readTextVectors } from "./textVectors.ts";

/** What classes are told by, and how a class's name becomes a text: `{}` in the prompt stands for it. */
export interface ClassifyRequest {
  readonly by: LabelSource;
  readonly prompt: string;
  readonly seed: number;
  readonly provider: ProviderChoice;
}

/** How it is watched and stopped; methods are counted. */
export interface ClassifyWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { done: number; total: number }) => void;
}

const leastInClass = 2;
/** A classifier by captions makes sense where many pictures share each; above this they are captions and no classes. */
const mostClasses = 5000;
const digits = 4;

/** Fits all methods on an analysed dataset's pictures and tells how right each is about pictures that it has not seen. Throws a TuneError where there are no classes to tell apart. */
export async function classifyPictures(
  env: Env,
  dataset: AnalysedDataset,
  asked: ClassifyRequest,
  watch: ClassifyWatch,
): Promise<Classified> {
  const { encoder } = await findEncoderOf(env, dataset.root);
  if (isImported(encoder))
    throw new TuneError("The vectors of this analysis were imported, and no encoder is here for the classes' names: analyse it with one");
  const gathered = await gather(env, { dataset, encoder, asked }, watch.signal);
  const gemm = await openGemm(env, asked.provider);
  try {
    const { labelled, sameOf } = gathered;
    const { logitScale } = encoder.descriptor;
    const temperature = logitScale === undefined ? usualTemperature : 1 / logitScale;
    const input: CrossFitInput = { gemm, labelled, sameOf, temperature, seed: asked.seed, signal: watch.signal };
    const judged: Judged[] = [];
    for (const [at, method] of classifierMethods.entries()) {
      judged.push({ method, fitted: await crossFit(method, input) });
      watch.onProgress({ done: at + 1, total: classifierMethods.length });
    }
    const best = judged.reduce((one, other) => (other.fitted.accuracy > one.fitted.accuracy ? other : one));
    const folder = join((await locateDataset(env, dataset.root)).folder, "classifiers", asked.by);
    await writeClassifier(folder, { input, judged, gathered, asked });
    await writeAtomically(join(folder, "judgements.csv"), judgementsOf(gathered, best.fitted));
    return tell(gathered, { judged, best, folder });
  } finally {
    await gemm.release();
  }
}

interface Judged {
  readonly method: ClassifierMethod;
  readonly fitted: CrossFitted;
}

interface Gathered {
  readonly classes: readonly ImageClass[];
  readonly names: readonly string[];
  readonly labelled: Labelled;
  readonly sameOf: Int32Array;
  readonly withoutVectors: number;
}

async function gather(
  env: Env,
  { dataset, encoder, asked }: { dataset: AnalysedDataset; encoder: Encoder; asked: ClassifyRequest },
  signal: AbortSignal,
): Promise<Gathered> {
  const { id, dim } = encoder.descriptor;
  const samples = await dataset.samples();
  const hashes = await readContentHashes(dataset);
  const store = await openVectors(env, id, "image", dim);
  const hasVector = (row: number): boolean => hashes[row] !== undefined && store.has(hashes[row]);
  const found = classesOf(samples, asked.by);
  const classes = found.map(({ name, rows }) => ({ name, rows: rows.filter(hasVector) })).filter(({ rows }) => rows.length >= leastInClass);
  checkClasses(classes, asked.by);
  const rows = classes.flatMap((own) => own.rows);
  const { matrix } = await placeVectors(
    store,
    rows.map((row) => hashes[row] as ContentHash),
    Infinity,
  );
  const features = unitRows({ rows: rows.length, columns: dim, values: await matrix.read(0, rows.length) }).units;
  await matrix.dispose();
  const same = duplicateClasses(samples.length, await readDuplicates(dataset.tables));
  const prompts = classes.map(({ name }) => asked.prompt.replaceAll("{}", name));
  const labels = Int32Array.from(classes.flatMap((own, label) => own.rows.map(() => label)));
  return {
    classes,
    names: rows.map((row) => samples[row]!.id),
    labelled: {
      features,
      labels,
      classes: classes.length,
      texts: await encodePrompts(env, encoder, { prompts, provider: asked.provider, signal }),
    },
    sameOf: Int32Array.from(rows, (row) => same[row]!),
    withoutVectors: found.reduce((sum, own) => sum + own.rows.filter((row) => !hasVector(row)).length, 0),
  };
}

function checkClasses(classes: readonly ImageClass[], by: LabelSource): void {
  const where = by === "folder" ? "folders" : "captions";
  const other = by === "folder" ? "caption" : "folder";
  if (classes.length < 2)
    throw new TuneError(`The ${where} tell no two classes of at least ${leastInClass} pictures apart: try --by ${other}`);
  if (classes.length > mostClasses)
    throw new TuneError(`The ${where} tell ${classes.length} classes, more than ${mostClasses}: try --by ${other}`);
}

async function encodePrompts(
  env: Env,
  encoder: Encoder,
  { prompts, provider, signal }: { prompts: readonly string[]; provider: ProviderChoice; signal: AbortSignal },
) {
  const { id, dim } = encoder.descriptor;
  const queries = createQueryEncoder(env, encoder);
  try {
    const source = { env, encoder, store: await openVectors(env, id, "text", dim), queries };
    const values = await readTextVectors(source, prompts, { provider, keep: false, signal });
    return unitRows({ rows: prompts.length, columns: dim, values }).units;
  } finally {
    await queries.close();
  }
}

/** The linear method that judged best, fitted on all. */
async function writeClassifier(
  folder: string,
  { input, judged, gathered, asked }: { input: CrossFitInput; judged: readonly Judged[]; gathered: Gathered; asked: ClassifyRequest },
): Promise<void> {
  const ranked = judged.toSorted((one, other) => other.fitted.accuracy - one.fitted.accuracy);
  for (const { method, fitted } of ranked) {
    const { linear } = await method.fit(input.gemm, input.labelled, { ...input, weight: fitted.weight });
    if (linear === undefined) continue;
    const { weights, bias } = linear;
    await writeSafetensors(join(folder, "classifier.safetensors"), {
      tensors: {
        weights: { shape: [weights.rows, weights.columns], values: weights.values },
        bias: { shape: [bias.length], values: bias },
      },
      metadata: { method: method.id, prompt: asked.prompt, classes: JSON.stringify(gathered.classes.map(({ name }) => name)) },
    });
    return;
  }
}

function judgementsOf({ names, classes, labelled }: Gathered, { predicted, share, labelShare }: CrossFitted): string {
  const rows = names.map((sample, row) => ({
    ...{ sample, label: classes[labelled.labels[row]!]!.name, predicted: classes[predicted[row]!]!.name },
    ...{ share: share[row]!.toFixed(digits), labelShare: labelShare[row]!.toFixed(digits) },
  }));
  return formatCsv(["sample", "label", "predicted", "share", "labelShare"], rows);
}

function tell(gathered: Gathered, { judged, best, folder }: { judged: readonly Judged[]; best: Judged; folder: string }): Classified {
  const { classes, names, labelled, withoutVectors } = gathered;
  const { predicted, share, labelShare } = best.fitted;
  const misfits = Array.from(names.keys())
    .filter((row) => predicted[row] !== labelled.labels[row])
    .sort((a, b) => share[b]! - labelShare[b]! - (share[a]! - labelShare[a]!))
    .map((row): Misfit => {
      const [label, other] = [classes[labelled.labels[row]!]!.name, classes[predicted[row]!]!.name];
      return { sample: names[row]!, label, predicted: other, share: share[row]!, labelShare: labelShare[row]! };
    });
  const rightOf = (label: number): number => labelled.labels.filter((own, row) => own === label && predicted[row] === label).length;
  return {
    ...{ pictures: names.length, withoutVectors, best: best.method.id, misfits, folder },
    classes: classes.map(({ name, rows }, label) => ({ name, pictures: rows.length, right: rightOf(label) })),
    methods: judged.map(({ method: { id, name }, fitted: { accuracy, weight } }) => ({ id, name, accuracy, weight })),
  };
}
