import * as vscode from "vscode";
import type { ChosenProvider } from "../../protocol/panelApi.ts";
import type { ListedRewriter, PageRewriteRequest, RewriteReport, RewriteStrategy } from "../../protocol/rewrites.ts";
import type { DatasetEntry } from "../datasets.ts";
import { isStopped } from "../stopped.ts";
import { chooseRewriteProvider } from "../rewrite/chooseRewriteProvider.ts";
import { captionsRewritten, nothingToRewrite, rewritingStopped } from "../rewrite/rewriteMessages.ts";
import { rewriteQuestion } from "../rewrite/rewriteText.ts";
import { askForOptions } from "./askForOptions.ts";
import { askForScope } from "./askForScope.ts";
import type { CommandParts } from "./handlers.ts";
import { showWork } from "./showWork.ts";

/** What a person wants: the job (its key comes last of all), how its captions go into their files, and who writes them. */
interface Wanted {
  readonly request: PageRewriteRequest & { readonly root: string };
  readonly strategy: RewriteStrategy;
  readonly by: string;
}

/** Asks which captions are rewritten, by whom and how, tells what that takes, and makes proposals of the answers. Nothing of the dataset's files changes. */
export async function rewriteCaptions(parts: CommandParts, entry: DatasetEntry, argument: unknown): Promise<void> {
  const wanted = await askForJob(parts, entry, argument);
  if (wanted === undefined) return;
  const { engine, notices } = parts;
  const { request, by } = wanted;
  const estimate = await showWork({ title: `Reckoning what rewriting ${entry.name} takes` }, ({ signal }) =>
    engine.store.call("estimateRewrite", request, { signal }),
  );
  if (estimate.captions === 0) {
    notices.tell(nothingToRewrite(entry, estimate));
    return;
  }
  const { text, detail, action } = rewriteQuestion(estimate, by);
  if ((await vscode.window.showInformationMessage(text, { modal: true, detail }, action)) === action) await carryOut(parts, entry, wanted);
}

async function carryOut(
  { engine, datasets, keys, notices, log }: CommandParts,
  entry: DatasetEntry,
  { request, strategy, by }: Wanted,
): Promise<void> {
  const { root, name } = entry;
  const countProposals = () => engine.store.call("listRewrites", { root, state: "proposed", from: 0, limit: 0 });
  let report: RewriteReport;
  try {
    const show = { title: `Rewriting ${name} by ${by}`, noun: "captions", bar: name };
    const source = await keys.withKey(request.source);
    report = await showWork(show, (watch) => engine.store.call("rewrite", { ...request, source }, watch));
  } catch (error) {
    if (!isStopped(error)) throw error;
    const { count } = await countProposals();
    if (count > 0) notices.tell(rewritingStopped(entry, count));
    return;
  } finally {
    await datasets.refresh(root);
  }
  for (const { reason, count } of report.failures) log.warn(`Rewriting of ${root}: ${count} × ${reason}`);
  const { acceptable } = await countProposals();
  notices.tell(captionsRewritten(entry, report, { acceptable, strategy }));
}

async function askForJob(parts: CommandParts, entry: DatasetEntry, argument: unknown): Promise<Wanted | undefined> {
  const title = `Rewrite Captions of ${entry.name}`;
  const scope = await askForScope(parts, entry, { title, argument });
  const provider = scope && (await chooseRewriteProvider({ ...parts, store: parts.engine.store }));
  const rewriter = provider && (await askForRewriter(parts, title, provider));
  const options = rewriter && (await askForOptions(`${title}: ${rewriter.title}`, rewriter.options));
  const strategy = options && (await askForStrategy(title));
  if (scope === undefined || provider === undefined || rewriter === undefined || options === undefined || strategy === undefined)
    return undefined;
  const { settings } = parts;
  const concurrency = settings.read("winnow.rewrite.concurrency");
  const pictureSide = settings.read("winnow.rewrite.pictureSide");
  const request = { root: entry.root, scope, preset: rewriter.id, options, source: provider.source, concurrency, pictureSide };
  return { request, strategy, by: provider.label };
}

/** A rule needs no model, and a model does what rules can't. */
async function askForRewriter({ engine }: CommandParts, title: string, { source }: ChosenProvider): Promise<ListedRewriter | undefined> {
  const all = await engine.store.call("listRewriters", null);
  const fitting = all.filter(({ calls }) => (calls === 0) === (source.kind === "none"));
  if (fitting.length === 1) return fitting[0];
  const items = fitting.map((rewriter) => {
    const { title: label, about, needs, calls } = rewriter;
    const told = [needs.includes("picture") ? "shows the picture" : "texts alone", ...(calls > 1 ? [`${calls} requests a caption`] : [])];
    return { label, description: told.join(", "), detail: about, rewriter };
  });
  return (
    await vscode.window.showQuickPick(items, { ignoreFocusOut: true, title, placeHolder: "How are they rewritten?", matchOnDetail: true })
  )?.rewriter;
}

async function askForStrategy(title: string): Promise<RewriteStrategy | undefined> {
  const items: readonly (vscode.QuickPickItem & { readonly strategy: RewriteStrategy })[] = [
    { label: "In Place of the Old Caption", detail: "The old one can be had back by an undo", strategy: "replace" },
    { label: "Beside the Old Caption", detail: "The picture has both from then on", strategy: "add" },
  ];
  return (await vscode.window.showQuickPick(items, { ignoreFocusOut: true, title, placeHolder: "Where does an accepted caption go?" }))
    ?.strategy;
}
