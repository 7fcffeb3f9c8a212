import * as vscode from "vscode";
import type { Bucket } from "../../protocol/overview.ts";
import type { Destination } from "../../protocol/panelApi.ts";
import type { DatasetEntry } from "../datasets.ts";
import { destinationOfBucket, destinationOfProblem } from "../destinations.ts";
import type { CommandParts, Handler, Handlers } from "./handlers.ts";
import { findDataset, targetOf } from "./target.ts";

/** Commands that open the panel somewhere. */
export function lookCommands(
  parts: CommandParts,
): Handlers<
  | "winnow.openPanel"
  | "winnow.openBucket"
  | "winnow.openProblem"
  | "winnow.search"
  | "winnow.openScores"
  | "winnow.openGroups"
  | "winnow.openMap"
  | "winnow.openSpotCheck"
  | "winnow.openRecipe"
> {
  const openAt =
    (destinationOf: (entry: DatasetEntry, argument: unknown) => Promise<Destination | undefined> | Destination | undefined): Handler =>
    async (argument) => {
      const entry = await findDataset(parts, argument, "analysed");
      const destination = entry && (await destinationOf(entry, argument));
      if (entry !== undefined && destination !== undefined) parts.panels.open(entry.root, destination);
    };
  return {
    "winnow.openPanel": async (argument) => {
      const entry = await findDataset(parts, argument, "analysed");
      const isOfRun = targetOf(argument).subject?.kind === "tuneRun";
      if (entry !== undefined) parts.panels.open(entry.root, isOfRun ? { view: "runs" } : undefined);
    },
    "winnow.openBucket": openAt(async (entry, argument) => {
      const bucket = await findBucket(entry, argument);
      return bucket && destinationOfBucket(bucket);
    }),
    "winnow.openProblem": openAt((_, argument) => {
      const { subject } = targetOf(argument);
      return subject?.kind === "problem" ? destinationOfProblem(subject.code) : undefined;
    }),
    "winnow.search": openAt(async () => {
      const text = await vscode.window.showInputBox({
        title: "Search Pictures",
        prompt: "Finds the pictures that fit a text best, by the encoder of the analysis",
        placeHolder: "a red bicycle before a wall",
      });
      return text === undefined || text.trim() === "" ? undefined : { view: "gallery", unit: "sample", search: text.trim() };
    }),
    "winnow.openScores": openAt(() => ({ view: "scores" })),
    "winnow.openGroups": openAt(() => ({ view: "groups" })),
    "winnow.openMap": openAt(() => ({ view: "map" })),
    "winnow.openSpotCheck": openAt(() => ({ view: "spotCheck" })),
    "winnow.openRecipe": openAt(() => ({ view: "recipe" })),
  };
}

async function findBucket({ overview, name }: DatasetEntry, argument: unknown): Promise<Bucket | undefined> {
  const buckets = overview?.analysed?.buckets ?? [];
  const { subject } = targetOf(argument);
  if (subject?.kind === "bucket") return buckets.find(({ id }) => id === subject.bucket);
  const items = buckets.map((bucket) => ({
    label: bucket.title,
    description: bucket.count.toLocaleString("en"),
    detail: bucket.about,
    bucket,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: `Buckets of ${name}`,
    placeHolder: "What do you want to look at?",
    matchOnDetail: true,
  });
  return picked?.bucket;
}
