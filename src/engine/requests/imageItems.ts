import { access } from "node:fs/promises";
import { splitExtension } from "../../core/trainers/paths.ts";
import { captionWith, pickPrompts } from "../../core/tune/imageTrainers/captions.ts";
import type { ImageTrainer } from "../../core/tune/imageTrainers/imageTrainer.ts";
import type { JobSettings } from "../../core/tune/imageTrainers/settings.ts";
import { planSubsets, type SubsetItem, type SubsetPlan } from "../../core/tune/imageTrainers/subsets.ts";
import { eachConcurrently } from "../store/concurrent.ts";
import { namePictures, type ExportTools } from "../write/export.ts";
import type { ExportItem, LeftOut } from "../write/exportItems.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { leftUndecoded } from "./exportDataset.ts";

/** The items that a job trains on, and where each of them goes: `placeOf` gives the number of a sample's place in the plan, `masks` the path of its mask. */
export interface Chosen {
  readonly items: readonly ExportItem[];
  readonly plan: SubsetPlan;
  readonly placeOf: ReadonlyMap<string, number>;
  readonly masks: ReadonlyMap<string, string>;
  readonly masksLeft: number;
  readonly prompts: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/** Chooses what a trainer reads of kept items, sorts it into subsets, and finds masks and prompts for it. */
export async function chooseItems(
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
