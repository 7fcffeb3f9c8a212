import { findSplitLeaks } from "../core/clusters/splitLeaks.ts";
import type { ImageEncoderDescriptor } from "../core/encoder.ts";
import type { GroupKind } from "../core/group.ts";
import type { Problem } from "../core/problem.ts";
import type { Sample } from "../core/sample.ts";
import type { Stage } from "../core/stages.ts";
import { stages } from "../core/stages.ts";
import type { ListedProblem, RunReport, RunRequest } from "../protocol/engineApi.ts";
import { isImported } from "./encode/importedEncoder.ts";
import { enforceLimit } from "./cache/limit.ts";
import type { Discovered } from "./discover/discover.ts";
import { discover } from "./discover/discover.ts";
import type { Env } from "./env.ts";
import type { FoundLimits } from "./run/analyse.ts";
import { analyse, withLimits } from "./run/analyse.ts";
import type { ChosenCompanion, ChosenEncoder } from "./run/chooseEncoder.ts";
import { chooseCompanion, chooseEncoder } from "./run/chooseEncoder.ts";
import { countGroups, decideAndWrite } from "./run/decideAndWrite.ts";
import { digestOfInputs } from "./run/digest.ts";
import { discoverOptionsFrom } from "./run/discoverOptions.ts";
import type { Encoded } from "./run/encodeDataset.ts";
import { decodeDataset, encodeDataset } from "./run/encodeDataset.ts";
import type { Findings } from "./run/findings.ts";
import { findSaved } from "./run/findSaved.ts";
import { gatherImported } from "./run/gatherImported.ts";
import { openGemm } from "./run/openGemm.ts";
import { placeStated } from "./run/statedRelations.ts";
import type { StageClock } from "./run/stageClock.ts";
import { createStageClock } from "./run/stageClock.ts";
import { readDataset } from "./store/dataset.ts";
import type { DatasetState } from "./store/dotWinnow.ts";
import { factsFolder } from "./store/facts.ts";
import type { Hold } from "./store/holds.ts";
import { openHold } from "./store/holds.ts";
import { lumaSpace } from "./store/lumas.ts";
import { datasetCacheFolder } from "./store/statIndex.ts";
import { VectorsGoneError, vectorsFolder } from "./store/vectors.ts";
import type { Watch } from "./watch.ts";

/** A run under way: what it was asked, and what it has come to know so far. */
interface Run {
  readonly env: Env;
  readonly request: RunRequest;
  readonly clock: StageClock;
  readonly signal: AbortSignal;
  readonly reaches: (stage: Stage) => boolean;
  readonly discovered: Discovered;
  readonly samples: readonly Sample[];
  readonly state: DatasetState;
  problems: readonly Problem[];
  readonly notices: string[];
  encoder?: ChosenEncoder["encoder"];
  second?: ChosenCompanion;
  provider?: string;
  groups: Readonly<Record<GroupKind, number>>;
}

/**
 * Runs the stages of a dataset in their order up to the one asked for; this file alone knows the order. What was done before is taken from the cache,
 * so a stopped or killed run goes on where it was. Throws DiscoverError, EncoderError and the like in one sentence, and the signal's reason.
 */
export async function runPipeline(env: Env, request: RunRequest, { signal, onProgress }: Watch): Promise<RunReport> {
  const clock = createStageClock(env, onProgress);
  const reaches = (stage: Stage): boolean => stages.indexOf(request.through ?? "write") >= stages.indexOf(stage);
  const run: Run = {
    env,
    request,
    clock,
    signal,
    reaches,
    notices: [],
    groups: countGroups([]),
    ...(await discoverDataset(env, request, { clock, signal })),
  };
  const hold = openHold(env);
  try {
    if (reaches("encode")) await encodeDespiteEvictions(run, hold);
    else if (reaches("decode"))
      run.problems = [...run.problems, ...(await decodeDataset(env, wholeOf(run), { ...run, thumbnailSide: request.thumbnails })).problems];
    run.notices.push(...(await enforceLimit(env, signal)));
  } finally {
    await hold.release();
  }
  return reportOf(run);
}

async function discoverDataset(
  env: Env,
  { root, discover: choice }: RunRequest,
  { clock, signal }: Pick<Run, "clock" | "signal">,
): Promise<Pick<Run, "discovered" | "samples" | "state" | "problems">> {
  const report = clock.start("discover", 0);
  let counts = { done: 0, cached: 0, total: 0 };
  const discovered = await discover(env, root, {
    ...discoverOptionsFrom(choice),
    signal,
    onProgress: ({ done, cached, total }) => report((counts = { done, cached, total })),
  });
  clock.end("discover", counts);
  const { state } = await readDataset(env, root);
  const samples = discovered.samples.map((sample) => withSplit(sample, state));
  return { discovered, samples, state, problems: discovered.problems };
}

/** The split that Winnow made, where the format has none. */
function withSplit(sample: Sample, { splits }: DatasetState): Sample {
  const split = sample.split ?? splits.get(sample.id);
  return split === undefined ? sample : { ...sample, split };
}

/** Another process may evict vectors between a look at what is there and the reading of it: they are made again. */
async function encodeDespiteEvictions(run: Run, hold: Hold): Promise<void> {
  const found = run.problems;
  for (let attempts = 3; ; attempts -= 1) {
    try {
      await encodeAndGoOn(run, hold);
      return;
    } catch (error) {
      if (!(error instanceof VectorsGoneError) || attempts === 1) throw error;
      run.env.log("encode.again", error.message);
      run.problems = found;
      run.notices.length = 0;
    }
  }
}

async function encodeAndGoOn(run: Run, hold: Hold): Promise<void> {
  const { env, request, state, discovered } = run;
  const wish = { asked: request.encoder, shrinkOnLoad: request.shrinkOnLoad ?? false, recipe: state.recipe.encoder };
  const { encoder, notices } = await chooseEncoder(env, discovered.root, wish);
  run.encoder = encoder;
  run.second = await chooseCompanion(env, discovered.root, { asked: request.companion, recipe: state.recipe.companion, encoder });
  const { companion } = run.second;
  await hold.keep(foldersOfRun(env, discovered.root, encoder.descriptor));
  if (companion !== undefined) await hold.keep(foldersOfRun(env, discovered.root, companion.descriptor));
  const encoded = isImported(encoder)
    ? await gatherImported(env, wholeOf(run), { ...run, encoder })
    : await encodeDataset(env, wholeOf(run), { ...run, encoder, companion, provider: request.provider, thumbnailSide: request.thumbnails });
  try {
    run.problems = [...run.problems, ...encoded.problems];
    run.notices.push(...notices, ...run.second.notices, ...encoded.notices());
    if (encoded.provider !== undefined) run.provider = encoded.provider;
    if (run.reaches("score")) await findAndDecide(run, encoder, encoded);
    // What calibrating met.
    run.notices.push(...encoded.notices().filter((notice) => !run.notices.includes(notice)));
  } finally {
    await encoded.dispose();
  }
}

/** What a run needs of the cache. */
function foldersOfRun(env: Env, root: string, { id, folder }: ImageEncoderDescriptor): string[] {
  return [datasetCacheFolder(env, root), vectorsFolder(env, id), vectorsFolder(env, lumaSpace), factsFolder(env), folder];
}

/** Those of the recipe, unless others are found. */
const noLimits: FoundLimits = { nearDuplicate: undefined, companionNearDuplicate: undefined };

async function findAndDecide(run: Run, encoder: ChosenEncoder["encoder"], encoded: Encoded): Promise<void> {
  const { env, samples, state, discovered } = run;
  const { problems } = run;
  const digestWith = (limits: FoundLimits): string =>
    digestOfInputs({
      samples,
      problems,
      hashes: encoded.hashes,
      encoder: encoder.descriptor.id,
      companion: encoded.companion?.encoder.descriptor.id,
      recipe: withLimits(state.recipe, limits),
      relations: state.relations,
    });
  const saved = await findSaved(env, discovered.root, digestWith(noLimits));
  if (saved !== undefined) tellCached(run, encoded);
  const findings = saved?.findings ?? (await analyseAnew(run, encoder, encoded));
  run.provider ??= saved?.provider ?? "cpu";
  run.groups = countGroups(findings.groups);
  const digest = digestWith(findings);
  run.problems = [...run.problems, ...findSplitLeaks(samples, findings.groups)];
  if (!run.reaches("decide")) return;
  const known = {
    samples,
    problems: run.problems,
    findings,
    digest,
    isSaved: saved !== undefined,
    discovered,
    encoder,
    companion: encoded.companion?.encoder,
    leavesCompanion: run.second?.isLeft ?? false,
    provider: run.provider,
  };
  run.notices.push(...(await decideAndWrite(env, known, { ...run, writes: run.reaches("write") })));
}

async function analyseAnew(run: Run, encoder: ChosenEncoder["encoder"], encoded: Encoded): Promise<Findings> {
  const { env, samples, state, request } = run;
  const gemm = await openGemm(env, request.provider, (notice) => run.notices.push(notice));
  run.provider ??= gemm.provider;
  try {
    const said = placeStated(samples, state.relations);
    return await analyse(
      env,
      { samples, encoded, encoder, recipe: state.recipe, said, gemm },
      { ...run, clusters: run.reaches("cluster") },
    );
  } finally {
    await gemm.release();
  }
}

/** Scores and groups of the last run still hold: nothing is computed. */
function tellCached({ clock, samples, reaches }: Run, { pairs }: Encoded): void {
  clock.start("score", pairs.count);
  clock.end("score", { done: 0, cached: pairs.count, total: pairs.count });
  if (!reaches("cluster")) return;
  clock.start("cluster", samples.length);
  clock.end("cluster", { done: 0, cached: samples.length, total: samples.length });
}

function wholeOf({ discovered, samples }: Run): { root: string; samples: readonly Sample[] } {
  return { root: discovered.root, samples };
}

function reportOf({ discovered, samples, encoder, second, provider, clock, groups, problems, notices }: Run): RunReport {
  const { root, format, formatReason } = discovered;
  const descriptor = encoder?.descriptor;
  const companion = second?.companion?.descriptor;
  return {
    dataset: {
      root,
      format,
      formatReason,
      samples: samples.length,
      captions: samples.reduce((sum, { captions }) => sum + captions.length, 0),
    },
    encoder:
      descriptor === undefined
        ? null
        : { id: descriptor.id, name: descriptor.name, provider: provider ?? "cpu", builtin: descriptor.builtin },
    ...(companion && { companion: { id: companion.id, name: companion.name } }),
    stages: clock.reports(),
    groups: { ...groups, duplicate: groups.duplicate + groups.pixelDuplicate },
    problems: problems.map((problem): ListedProblem => ({ ...problem, sample: problem.sample ?? null })),
    notices,
  };
}
