import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { RewriteMeasure } from "../../core/rewriters/accept.ts";
import { glitches, type Glitch } from "../../core/rewriters/glitches.ts";
import type { Env } from "../env.ts";
import type { DatasetPlace } from "./dotWinnow.ts";
import { sha256 } from "./files.ts";
import { appendJsonLines, readJsonLines } from "./jsonLines.ts";
import { lockDataset } from "./locks.ts";
import { isInside } from "./paths.ts";

/** A proposed caption as it was made; `author` is a model's id or `rule:<name>`. */
export interface ProposedRewrite {
  readonly id: string;
  readonly sample: string;
  readonly captionIndex: number;
  readonly before: string;
  readonly after: string;
  readonly preset: string;
  readonly author: string;
  readonly glitches: readonly Glitch[];
}

/** A proposal with what is known of it since; `measure` is by the encoder that is asked for. `operation` is the one that wrote it into the files. */
export interface StoredRewrite extends ProposedRewrite {
  readonly measure: RewriteMeasure | undefined;
  readonly decision: "accepted" | "rejected" | undefined;
  readonly operation: string | undefined;
}

/** A line that is added about a proposal. */
export type RewriteEvent =
  | (ProposedRewrite & { readonly event: "proposed"; readonly time: string })
  | { readonly event: "measured"; readonly id: string; readonly encoder: string; readonly measure: RewriteMeasure }
  | { readonly event: "accepted"; readonly id: string; readonly time: string; readonly operation: string | null }
  | { readonly event: "rejected"; readonly id: string; readonly time: string };

/** The version of the lines that this code writes; newer ones are left alone. */
const rewriteSchema = 1;

/** The id of a proposal: equal proposals are one. */
export function rewriteId({ sample, captionIndex, before, after, preset, author }: Omit<ProposedRewrite, "id" | "glitches">): string {
  return sha256(JSON.stringify([sample, captionIndex, before, after, preset, author])).slice(0, 12);
}

/** The folder of rewriting in a dataset's `.winnow`; throws where it leads out of the dataset. */
export async function rewritesFolder({ root, realRoot, folder, writable }: DatasetPlace): Promise<string> {
  const own = join(folder, "rewrites");
  const real = await realpath(own).catch(() => undefined);
  if (writable && real !== undefined && !isInside(realRoot, real))
    throw new Error(`${join(".winnow", "rewrites")} of ${root} is a link out of the dataset: remove the link`);
  return own;
}

/** Reads all proposals of a dataset in the order in which they were made, with what was measured by an encoder. */
export async function readRewrites(env: Env, place: DatasetPlace, encoder: string): Promise<StoredRewrite[]> {
  const path = join(await rewritesFolder(place), "proposals.jsonl");
  const { rows, damagedLines } = await readJsonLines(env, path, parseEvent);
  if (damagedLines > 0) env.log("store.rewrites", `${damagedLines} lines of ${path} can't be read and were passed over`);
  const rewrites = new Map<string, StoredRewrite>();
  for (const event of rows) {
    const known = rewrites.get(event.id);
    if (event.event === "proposed") {
      const { id, sample, captionIndex, before, after, preset, author, glitches: own } = event;
      rewrites.set(id, {
        ...{ id, sample, captionIndex, before, after, preset, author, glitches: own },
        ...{ measure: known?.measure, decision: undefined, operation: undefined },
      });
    } else if (known !== undefined) rewrites.set(event.id, applyEvent(known, event, encoder));
  }
  return [...rewrites.values()];
}

/** Adds lines to the proposals and waits until they are on the disk. */
export async function appendRewrites(env: Env, place: DatasetPlace, events: readonly RewriteEvent[]): Promise<void> {
  if (events.length === 0) return;
  const folder = await rewritesFolder(place);
  const lock = await lockDataset(folder);
  try {
    const rows = events.map((event) => ({ schema: rewriteSchema, ...event }));
    await appendJsonLines(env, join(folder, "proposals.jsonl"), rows);
  } finally {
    await lock.release();
  }
}

function applyEvent(known: StoredRewrite, event: Exclude<RewriteEvent, { event: "proposed" }>, encoder: string): StoredRewrite {
  switch (event.event) {
    case "measured":
      return event.encoder === encoder ? { ...known, measure: event.measure } : known;
    case "accepted":
      return { ...known, decision: "accepted", operation: event.operation ?? undefined };
    case "rejected":
      return { ...known, decision: "rejected", operation: undefined };
  }
}

const id = z.string().min(1);
/** JSON has no NaN: unknown is null there. */
const unknowable = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const eventShape = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("proposed"),
    id,
    sample: z.string(),
    captionIndex: z.number().int().nonnegative(),
    before: z.string(),
    after: z.string(),
    preset: z.string(),
    author: z.string(),
    glitches: z.array(z.enum(glitches)),
    time: z.string(),
  }),
  z.object({
    event: z.literal("measured"),
    id,
    encoder: z.string(),
    measure: z.object({
      scoreBefore: unknowable,
      scoreAfter: unknowable,
      rankBefore: unknowable,
      rankAfter: unknowable,
      candidates: unknowable,
      tokensBefore: unknowable,
      tokensAfter: unknowable,
      tokenLimit: unknowable,
      unsupported: z.array(z.string()),
    }),
  }),
  z.object({ event: z.literal("accepted"), id, time: z.string(), operation: z.string().nullable() }),
  z.object({ event: z.literal("rejected"), id, time: z.string() }),
]);

function parseEvent(value: unknown): RewriteEvent | undefined {
  const schema = z.looseObject({ schema: z.number() }).safeParse(value);
  if (!schema.success || schema.data.schema > rewriteSchema) return undefined;
  const parsed = eventShape.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
