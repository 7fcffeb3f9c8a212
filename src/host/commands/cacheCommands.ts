import * as vscode from "vscode";
import { formatBytes, parseBytes } from "../../core/bytes.ts";
import { formatCacheReport, formatPlannedPruning, formatVerifiedCache } from "../cacheReport.ts";
import { cachePruned, nothingToPrune } from "../messages.ts";
import { showBytes } from "./byteProgress.ts";
import type { CommandParts, Handlers } from "./handlers.ts";

/** Commands about what the engine keeps on the disk. */
export function cacheCommands(parts: CommandParts): Handlers<"winnow.examineCache" | "winnow.pruneCache"> {
  return {
    "winnow.examineCache": () => examine(parts),
    "winnow.pruneCache": () => prune(parts),
  };
}

async function examine(parts: CommandParts): Promise<void> {
  const report = await parts.engine.searcher.call("readCache", null);
  await show(formatCacheReport(report, Date.now()));
  const [check, pruneNow] = ["Check That It Is Whole", "Prune…"];
  const chosen = await vscode.window.showInformationMessage(`Winnow's cache holds ${formatBytes(report.sizeBytes)}`, check, pruneNow);
  if (chosen === check) await verify(parts);
  if (chosen === pruneNow) await prune(parts);
}

async function verify(parts: CommandParts): Promise<void> {
  const read = (repair: boolean) =>
    showBytes("Checking the cache", (watch) => parts.engine.searcher.call("verifyCache", { repair }, watch));
  const verified = await read(false);
  await show(formatVerifiedCache(verified));
  if (verified.damaged.length === 0) return;
  const move = "Move Damaged Files Aside";
  const question = `${verified.damaged.length} files of the cache are damaged; what is moved aside is made again when it is needed`;
  if ((await vscode.window.showWarningMessage(question, move)) === move) await show(formatVerifiedCache(await read(true)));
}

async function prune({ engine, datasets, notices, settings }: CommandParts): Promise<void> {
  const limitGb = settings.read("winnow.cache.limitGb");
  const text = await vscode.window.showInputBox({
    title: "Prune Winnow's Cache",
    prompt: "How much may stay? The longest unused beyond it goes; encoders and what is in use stay",
    value: limitGb === 0 ? "10 GB" : `${limitGb} GB`,
    validateInput: (input) => (parseBytes(input) === undefined ? "Expected a size such as 20 GB" : undefined),
  });
  const limitBytes = text === undefined ? undefined : parseBytes(text);
  if (limitBytes === undefined) return;
  const planned = await engine.searcher.call("pruneCache", { limitBytes, dryRun: true });
  if (planned.evicted.length === 0) {
    notices.tell(nothingToPrune(planned));
    return;
  }
  const evict = `Evict ${formatBytes(planned.freedBytes)}`;
  const question = `Evict ${formatBytes(planned.freedBytes)} from the cache, so that ${formatBytes(planned.leftBytes)} stay?`;
  const options = { modal: true, detail: formatPlannedPruning(planned) };
  if ((await vscode.window.showWarningMessage(question, options, evict)) !== evict) return;
  const pruned = await showBytes("Pruning the cache", (watch) => engine.searcher.call("pruneCache", { limitBytes }, watch));
  notices.tell(cachePruned(pruned));
  await datasets.find();
}

async function show(content: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language: "markdown", content });
  await vscode.window.showTextDocument(document, { preview: true });
}
