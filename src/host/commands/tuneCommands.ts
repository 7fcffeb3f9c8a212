import type { ListedTuneRun } from "../../protocol/tuneRuns.ts";
import type { DatasetEntry } from "../datasets.ts";
import type { CommandParts, Handlers } from "./handlers.ts";
import { findDataset, targetOf } from "./target.ts";
import { useEncoder } from "./useEncoder.ts";

/** Commands on a run of fine-tuning in the side bar. */
export function tuneCommands(parts: CommandParts): Handlers<"winnow.stopTuneRun" | "winnow.useTunedEncoder"> {
  return {
    "winnow.stopTuneRun": async (argument) => {
      const { entry, run } = await findTuneRun(parts, argument);
      if (entry === undefined || run === undefined) return;
      await parts.engine.store.call("stopTuneRun", { root: entry.root, run: run.id });
      await parts.datasets.refresh(entry.root);
    },
    "winnow.useTunedEncoder": async (argument) => {
      const { run } = await findTuneRun(parts, argument);
      if (run?.tuned != null) await useEncoder(parts, run.tuned, argument);
    },
  };
}

async function findTuneRun(
  parts: CommandParts,
  argument: unknown,
): Promise<{ readonly entry?: DatasetEntry | undefined; readonly run?: ListedTuneRun | undefined }> {
  const { subject } = targetOf(argument);
  if (subject?.kind !== "tuneRun") return {};
  const entry = await findDataset(parts, argument, "analysed");
  return { entry, run: entry?.overview?.tuneRuns?.find(({ id }) => id === subject.run) };
}
