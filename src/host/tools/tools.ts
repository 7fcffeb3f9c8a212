import * as z from "zod";
import { groupKinds } from "../../core/group.ts";
import type { Rule } from "../../core/prune/policy.ts";
import type { ProviderChoice } from "../../core/providers.ts";
import type { GalleryRow } from "../../protocol/gallery.ts";
import type { DatasetEntry, Datasets } from "../datasets.ts";
import type { EngineClient } from "../engineClient.ts";

/** What tools ask. None of them changes a file of a dataset. */
export interface ToolParts {
  readonly engine: Pick<EngineClient, "store" | "searcher">;
  readonly datasets: Pick<Datasets, "all">;
  readonly provider: () => ProviderChoice;
}

/** A tool of a language model: package.json has its name, its description for the model and its form as a JSON schema. */
export interface Tool {
  readonly name: string;
  readonly form: z.ZodObject;
  /** What a person reads while the tool is at work. */
  readonly progress: string;
  /** Reads the model's input and answers with what goes to it as JSON. Rejects with a sentence that the model can act on. */
  readonly answer: (parts: ToolParts, input: unknown, signal: AbortSignal) => Promise<unknown>;
}

/** Rows or groups of one answer at most: it becomes a part of a conversation. */
const mostShown = 50;

const limit = z.number().int().min(1).max(mostShown).describe("How many to list; 10 where nothing is said").optional();
const dataset = z.string().min(1).max(4096).describe("Name or absolute path of the dataset; not needed where there is only one").optional();
const where = z
  .string()
  .min(1)
  .max(10_000)
  .describe('A filter such as "clipScore < 0.2 and caption ~ dog", "verdict = drop", "problem = brokenImage" or "lint = preamble"')
  .optional();

const scoreForm = z.object({
  dataset,
  where,
  sort: z.string().max(200).describe('A field to sort by, "-" before it for downwards; clipScore upwards where nothing is said').optional(),
  limit,
});
const searchForm = z.object({ dataset, text: z.string().min(1).max(10_000).describe("What the pictures should show"), where, limit });
const groupsForm = z.object({ dataset, kind: z.enum(groupKinds).describe("Which kind of groups"), limit });
const pruneForm = z.object({
  dataset,
  rules: z
    .array(z.object({ policy: z.string().max(200) }).catchall(z.union([z.string().max(4096), z.number(), z.boolean()])))
    .max(100)
    .describe(
      'Rules in order, such as {"policy": "threshold", "signal": "clipScore", "min": 0.2}; those of the recipe where nothing is said',
    )
    .optional(),
});

const proposeForm = z.object({
  dataset,
  sample: z.string().min(1).max(4096).describe("The picture's sample, as winnow_score lists it"),
  captionIndex: z.number().int().min(0).max(1e9).describe("Which of its captions, as winnow_score lists it"),
  before: z.string().max(200_000).describe("What the caption says now, word for word"),
  text: z.string().min(1).max(10_000).describe("The new caption, word for word"),
  author: z.string().min(1).max(200).describe("Who wrote it: the id of your model").optional(),
});

/** The tools that a language model may use. A new one is one entry here and one in package.json. */
export const tools: readonly Tool[] = [
  toolOf("winnow_score", scoreForm, "Reading scores", async (parts, { dataset: named, where: filter, sort, limit: most }, signal) => {
    const { root } = findDataset(parts, named);
    const view = { root, unit: "pair", sort: sort ?? "clipScore", ...(filter !== undefined && { where: filter }) } as const;
    const { view: opened, count } = await parts.engine.store.call("openView", view, { signal });
    const rows = await readRows(parts, { root, view: opened, to: most ?? 10 }, signal);
    return { pairs: count, shown: rows.length, rows: rows.flatMap(pairsOf) };
  }),
  toolOf("winnow_search", searchForm, "Searching pictures", async (parts, { dataset: named, text, where: filter, limit: most }, signal) => {
    const { root } = findDataset(parts, named);
    const query = { kind: "text", text } as const;
    const similarity = await parts.engine.searcher.call("similarities", { root, query, provider: parts.provider() }, { signal });
    const view = { root, unit: "sample", sort: "-similarity", similarity, ...(filter !== undefined && { where: filter }) } as const;
    const { view: opened, count } = await parts.engine.store.call("openView", view, { signal });
    const rows = await readRows(parts, { root, view: opened, to: most ?? 10 }, signal);
    return { pictures: count, shown: rows.length, rows: rows.map((row) => ({ similarity: row.similarity, ...pictureOf(row) })) };
  }),
  toolOf("winnow_listGroups", groupsForm, "Listing groups", async (parts, { dataset: named, kind, limit: most }, signal) => {
    const { root } = findDataset(parts, named);
    const request = { root, kind, from: 0, to: most ?? 10, fields: ["clipScore"] };
    const { count, groups } = await parts.engine.store.call("readGroups", request, { signal });
    const listed = groups.map(({ id, name, size, members }) => ({ id, name, size, members: members.map(({ row }) => pictureOf(row)) }));
    return { groups: count, shown: listed.length, list: listed };
  }),
  toolOf("winnow_previewPruning", pruneForm, "Trying rules", async (parts, { dataset: named, rules }, signal) => {
    const { root, overview } = findDataset(parts, named);
    const tried = (rules as readonly Rule[] | undefined) ?? overview?.recipe.rules ?? [];
    const { effects, kept, dropped, review, frozen, imagesWithNoCaptionLeft } = await parts.engine.store.call(
      "tryRules",
      { root, rules: tried },
      { signal },
    );
    return {
      note: "Nothing was changed",
      rules: tried.map((rule, at) => ({ rule, ...effects[at] })),
      kept,
      dropped,
      review,
      frozen,
      imagesWithNoCaptionLeft,
    };
  }),
  toolOf("winnow_proposeRewrite", proposeForm, "Measuring a caption", async (parts, { dataset: named, author, ...proposal }, signal) => {
    const { root } = findDataset(parts, named);
    const { before, text: caption, ...place } = proposal;
    // Never "human" or another's name: what a person wrote is not replaced by a rule, and an agent is none.
    const by = author === undefined ? "agent" : `agent:${author}`;
    const request = { root, ...place, was: { text: before }, caption, preset: "seen", author: by } as const;
    const { rewrite, unmeasured } = await parts.engine.store.call("proposeCaption", request, { signal });
    const { after, state, comparison, glitches, measure, holds } = rewrite;
    return {
      note: "Nothing was changed: the person accepts or rejects it",
      ...{ before, after, state, glitches, measure, unmeasured, passesTheRule: holds.length === 0, waitsBecause: holds },
      addedWords: comparison.added,
      removedWords: comparison.removed,
    };
  }),
];

function toolOf<Form extends z.ZodObject>(
  name: string,
  form: Form,
  progress: string,
  answer: (parts: ToolParts, input: z.infer<Form>, signal: AbortSignal) => Promise<unknown>,
): Tool {
  return {
    name,
    form,
    progress,
    answer: async (parts, input, signal) => {
      const read = form.safeParse(input);
      if (read.success) return await answer(parts, read.data, signal);
      const [issue] = read.error.issues;
      throw new Error(`The input of ${name} can't be read: ${issue?.path.map(String).join(".") ?? ""} ${issue?.message ?? ""}`);
    },
  };
}

function findDataset({ datasets }: ToolParts, named: string | undefined): DatasetEntry {
  const analysed = datasets.all.filter(({ overview }) => overview?.analysed != null);
  const fitting = named === undefined ? analysed : analysed.filter(({ root, name }) => root === named || name === named);
  const [first] = fitting;
  if (first !== undefined && fitting.length === 1) return first;
  const names = analysed.map(({ name, root }) => `${name} (${root})`).join(", ");
  if (analysed.length === 0) throw new Error("No dataset of this window has been analysed yet: ask the person to analyse one");
  throw new Error(first === undefined ? `There is no analysed dataset ${named}, only ${names}` : `Name one of the datasets: ${names}`);
}

async function readRows(
  { engine }: ToolParts,
  { root, view, to }: { readonly root: string; readonly view: string; readonly to: number },
  signal: AbortSignal,
): Promise<readonly GalleryRow[]> {
  const fields = ["clipScore", "clipScorePercentile"];
  return (await engine.store.call("readPage", { root, view, from: 0, to, fields }, { signal })).rows;
}

function pairsOf({ sample, captions }: GalleryRow): unknown[] {
  return captions.map(({ text, captionIndex, signals, verdict, reason }) => ({
    sample,
    captionIndex,
    caption: text,
    ...signals,
    verdict,
    reason,
  }));
}

function pictureOf({ sample, verdict, problems, captions }: GalleryRow): Readonly<Record<string, unknown>> {
  return { sample, verdict, problems, captions: captions.map(({ text, signals }) => ({ text, ...signals })) };
}
