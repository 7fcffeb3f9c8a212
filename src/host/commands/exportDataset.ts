import * as vscode from "vscode";
import type { ExportDatasetRequest, ExportFormat, PathMode, PictureMode } from "../../protocol/exports.ts";
import type { DatasetEntry } from "../datasets.ts";
import * as messages from "../messages.ts";
import { formatCount } from "../runText.ts";
import { StoppedError } from "../stopped.ts";
import type { CommandParts } from "./handlers.ts";

/** Asks in what form and to where what is kept goes out, and writes it. Each question that has one answer is left out. */
export async function exportDataset(parts: CommandParts, asked: DatasetEntry): Promise<void> {
  const entry = await askForAnalysis(parts, asked);
  const request = entry && (await askForExport(parts, entry));
  if (entry === undefined || request === undefined) return;
  const { engine, datasets, notices, log } = parts;
  const options = { location: vscode.ProgressLocation.Notification, title: `Exporting ${entry.name}`, cancellable: true };
  const answer = await vscode.window.withProgress(options, async (progress, token) => {
    const stop = new AbortController();
    token.onCancellationRequested(() => stop.abort(new StoppedError()));
    let shown = 0;
    const onProgress = ({ done, total }: { readonly done: number; readonly total: number }): void => {
      const percent = total === 0 ? 100 : (done / total) * 100;
      progress.report({ message: `${done.toLocaleString("en")} of ${total.toLocaleString("en")} files`, increment: percent - shown });
      shown = percent;
    };
    return await engine.store.call("exportDataset", request, { signal: stop.signal, onProgress });
  });
  for (const { sample, captionIndex, why } of answer.leftOut)
    log.warn(`Export left out ${sample}${captionIndex === null ? "" : `, caption ${captionIndex + 1}`}: ${why}`);
  await datasets.refresh(entry.root);
  notices.tell(messages.exported(request.folder, answer));
}

/** What goes out is what was analysed: where files have changed since, a person may want that to come first. */
async function askForAnalysis({ datasets }: CommandParts, entry: DatasetEntry): Promise<DatasetEntry | undefined> {
  const { root, name } = entry;
  const changedFiles = entry.changedFiles ?? 0;
  if (changedFiles === 0) return entry;
  const items = [
    { label: "Analyse First", detail: `${formatCount(changedFiles, "file")} changed since the last analysis`, value: true },
    { label: "Export What Was Analysed", detail: "Captions go out as the analysis read them", value: false },
  ];
  const isFirst = await choose(`Export ${name}`, "Files have changed since the analysis", items);
  if (isFirst === true) await datasets.run(root);
  return isFirst === undefined ? undefined : (datasets.get(root) ?? entry);
}

async function askForExport({ engine }: CommandParts, { root, name, overview }: DatasetEntry): Promise<ExportDatasetRequest | undefined> {
  const title = `Export ${name}`;
  const formats = engine.store
    .call("listExportFormats", null)
    .then((all) => all.map((format) => ({ label: format.id, detail: format.summary, format })));
  const format = (
    await vscode.window.showQuickPick(formats, { ignoreFocusOut: true, title, placeHolder: "In which format?", matchOnDetail: true })
  )?.format;
  if (format === undefined) return undefined;
  const pictures = await choose(title, "How do the pictures go out?", pictureItems(format));
  if (pictures === undefined) return undefined;
  const paths = await choose(title, "How are pictures named in lists?", pathItems(format));
  if (paths === undefined) return undefined;
  const review = overview?.analysed?.buckets.find(({ id }) => id === "review")?.count ?? 0;
  const withoutReview = review === 0 ? false : await choose(title, "What becomes of pairs in review?", reviewItems(review));
  if (withoutReview === undefined) return undefined;
  const edited = overview?.analysed?.buckets.find(({ id }) => id === "edited")?.count ?? 0;
  const withOriginals = edited === 0 ? false : await choose(title, "What becomes of captions that were changed?", originalItems(edited));
  if (withOriginals === undefined) return undefined;
  const folder = await askForFolder(title);
  if (folder === undefined) return undefined;
  return { root, format: format.id, folder, pictures, paths, withoutReview, withOriginals };
}

interface Choice<Value> extends vscode.QuickPickItem {
  readonly value: Value;
}

async function choose<Value>(title: string, placeHolder: string, items: readonly Choice<Value>[]): Promise<Value | undefined> {
  if (items.length === 1) return items[0]?.value;
  return (await vscode.window.showQuickPick(items, { ignoreFocusOut: true, title, placeHolder }))?.value;
}

const pictureWords: Readonly<Record<PictureMode, readonly [label: string, detail: string]>> = {
  copy: ["Copies", "The export stands for itself"],
  hardlink: ["Hard links", "Takes no space on the same disk; the originals stay where they are"],
  reference: ["References", "The lists name the pictures where they lie now"],
};

function pictureItems({ pictures }: ExportFormat): Choice<PictureMode>[] {
  return pictures.map((value) => ({ label: pictureWords[value][0], detail: pictureWords[value][1], value }));
}

const pathWords: Readonly<Record<PathMode, readonly [label: string, detail: string]>> = {
  relative: ["Relative paths", "The export can be moved"],
  absolute: ["Absolute paths", "The lists can be moved, the pictures can't"],
};

function pathItems({ paths }: ExportFormat): Choice<PathMode>[] {
  return paths.map((value) => ({ label: pathWords[value][0], detail: pathWords[value][1], value }));
}

function reviewItems(count: number): Choice<boolean>[] {
  return [
    { label: "Export them", detail: `${count.toLocaleString("en")} in review go out with what is kept`, value: false },
    { label: "Leave them out", detail: "Only what is kept goes out", value: true },
  ];
}

function originalItems(count: number): Choice<boolean>[] {
  return [
    {
      label: "As They Are Now",
      detail: `${count.toLocaleString("en")} ${count === 1 ? "was" : "were"} changed; a caption goes out once`,
      value: false,
    },
    { label: "With Their Originals", detail: "What they said before goes out behind them, with the author of each", value: true },
  ];
}

async function askForFolder(title: string): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: `${title}: Folder Outside of the Dataset`,
    openLabel: "Export Here",
    canSelectFiles: false,
    canSelectFolders: true,
  });
  return chosen?.[0]?.fsPath;
}
