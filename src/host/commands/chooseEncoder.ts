import * as vscode from "vscode";
import type { EncoderReport } from "../../protocol/computeApi.ts";
import type { DownloadableEncoder } from "../../protocol/encoders.ts";
import * as messages from "../messages.ts";
import type { SettingKey } from "../settings.ts";
import { formatMegabytes } from "./byteProgress.ts";
import { downloadEncoder } from "./downloadEncoder.ts";
import type { CommandParts } from "./handlers.ts";
import { findDataset } from "./target.ts";

interface EncoderItem extends vscode.QuickPickItem {
  /** What the setting becomes; undefined asks for a folder. */
  readonly value?: string;
  /** Is downloaded first. */
  readonly download?: DownloadableEncoder;
}

interface Listing {
  readonly present: readonly EncoderReport[];
  readonly downloadable: readonly DownloadableEncoder[];
}

const key = "winnow.encoder.folder" satisfies SettingKey;

/** Lets a person choose the encoder for this workspace, and offers to analyse with it. */
export async function chooseEncoder(parts: CommandParts, argument: unknown): Promise<void> {
  const { engine, settings, datasets, notices } = parts;
  const listing = Promise.all([engine.searcher.call("listEncoders", null), engine.store.call("listDownloadableEncoders", null)]);
  const chosen = await pickEncoder(
    listing.then(([present, all]) => ({
      present,
      downloadable: all.filter(({ present: isHere, contextLength }) => !isHere && contextLength !== null),
    })),
    settings.read(key),
  );
  if (chosen === undefined) return;
  const folder = chosen.download === undefined ? (chosen.value ?? (await askForFolder())) : await downloadEncoder(parts, chosen.download);
  if (folder === undefined) return;
  const place = vscode.workspace.workspaceFolders === undefined ? vscode.ConfigurationTarget.Global : vscode.ConfigurationTarget.Workspace;
  await vscode.workspace.getConfiguration().update(key, folder, place);
  if (datasets.all.length === 0) return;
  const entry = await findDataset(parts, argument, "any");
  if (entry !== undefined) notices.tell(messages.encoderChosen(entry.name, entry.root, folder));
}

async function pickEncoder(listing: Promise<Listing>, current: string): Promise<EncoderItem | undefined> {
  const items = listing.then((listed) => encoderItems(listed, current));
  for (;;) {
    const picked = await vscode.window.showQuickPick(items, {
      title: "Choose Encoder",
      placeHolder: "Which model scores the pairs?",
      matchOnDescription: true,
      matchOnDetail: true,
    });
    const problem = (await listing).present.find(({ id }) => id === picked?.value)?.problem ?? null;
    if (problem === null) return picked;
    await vscode.window.showWarningMessage(`This encoder can't be used: ${problem}`);
  }
}

function encoderItems({ present, downloadable }: Listing, current: string): EncoderItem[] {
  const isCurrent = ({ id, folder }: EncoderReport): boolean => id === current || folder === current;
  const dual = present.filter(({ imageOnly }) => !imageOnly);
  const used = dual.filter(isCurrent);
  const others = dual.filter((encoder) => !isCurrent(encoder));
  return [
    ...section("In use", used.map(encoderItem)),
    ...section("On this machine", others.map(encoderItem)),
    ...section("Can be downloaded", downloadable.map(downloadItem)),
    ...section("Something else", [
      {
        label: "$(folder-opened) Choose a Folder…",
        detail: "An export as transformers.js or open_clip lay it out, or one with a winnow.json",
        alwaysShow: true,
      },
      {
        label: "$(list-ordered) The one of the dataset's recipe, else the built-in one",
        detail: "Nothing is set for this workspace",
        value: "",
      },
    ]),
  ];
}

function section(label: string, items: readonly EncoderItem[]): EncoderItem[] {
  return items.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator }, ...items];
}

function downloadItem(encoder: DownloadableEncoder): EncoderItem {
  const { title, approximateBytes, dim, languages, licence, goodFor, verified } = encoder;
  return {
    label: `$(cloud-download) ${title}`,
    description: `about ${formatMegabytes(approximateBytes)}, ${dim} dimensions, ${languages}`,
    detail: `For ${goodFor}. Licence: ${licence}${verified ? "" : ". Not yet tried by us"}`,
    download: encoder,
  };
}

function encoderItem({ id, folder, builtin, dim, contextLength, note, problem, parity }: EncoderReport): EncoderItem {
  const facts =
    problem === null ? `${dim ?? "?"} dimensions, ${contextLength ?? "?"} tokens${parity === null ? "" : `, parity: ${parity}`}` : problem;
  const warning = builtin ? "Knows coloured shapes only: for trying Winnow, not for photographs" : (note ?? folder);
  const icon = problem !== null ? "$(error)" : builtin ? "$(beaker)" : "$(chip)";
  return {
    label: `${icon} ${id}`,
    description: facts,
    detail: warning,
    value: id,
  };
}

async function askForFolder(): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: "Encoder's Folder",
    openLabel: "Choose",
    canSelectFiles: false,
    canSelectFolders: true,
  });
  return chosen?.[0]?.fsPath;
}
