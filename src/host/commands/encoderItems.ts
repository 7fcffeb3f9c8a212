import * as vscode from "vscode";
import type { EncoderReport } from "../../protocol/computeApi.ts";
import type { DownloadableEncoder } from "../../protocol/encoders.ts";
import { formatMegabytes } from "./byteProgress.ts";
import { downloadEncoder, type Wanted } from "./downloadEncoder.ts";
import type { CommandParts } from "./handlers.ts";

/** What an entry of a list of encoders brings. */
export type EncoderPick =
  | { readonly kind: "set"; readonly value: string }
  | { readonly kind: "download"; readonly encoder: Wanted }
  | { readonly kind: "downloadOther" }
  | { readonly kind: "folder" }
  | { readonly kind: "graphs" };

/** An entry of a list of encoders; a separator brings nothing. */
export interface EncoderItem extends vscode.QuickPickItem {
  readonly pick?: EncoderPick;
}

/** What there is to choose from. */
export interface EncoderListing {
  readonly present: readonly EncoderReport[];
  readonly downloadable: readonly DownloadableEncoder[];
}

/** Lists what is here, and what can be downloaded and isn't here. */
export async function listEncoders({ engine }: CommandParts): Promise<EncoderListing> {
  const [present, all] = await Promise.all([
    engine.searcher.call("listEncoders", null),
    engine.store.call("listDownloadableEncoders", null),
  ]);
  return { present, downloadable: all.filter(({ present: isHere }) => !isHere) };
}

/** Lets a person choose of a list of encoders; one that can't be used is told of, and the list shown again. */
export async function pickEncoder(
  listing: Promise<EncoderListing>,
  itemsOf: (listing: EncoderListing) => readonly EncoderItem[],
  { title, placeHolder }: { readonly title: string; readonly placeHolder: string },
): Promise<EncoderPick | undefined> {
  const items = listing.then(itemsOf);
  for (;;) {
    const pick = (
      await vscode.window.showQuickPick(items, { ignoreFocusOut: true, title, placeHolder, matchOnDescription: true, matchOnDetail: true })
    )?.pick;
    const chosen = pick?.kind === "set" ? (await listing).present.find(({ id }) => id === pick.value) : undefined;
    if (chosen == null || chosen.problem === null) return pick;
    await vscode.window.showWarningMessage(`This encoder can't be used: ${chosen.problem}`);
  }
}

/** The id or folder of what was picked, downloaded or asked for where that is needed; undefined where a person gave up. Graphs are for others to ask about. */
export async function bringEncoder(parts: CommandParts, pick: Exclude<EncoderPick, { kind: "graphs" }>): Promise<string | undefined> {
  switch (pick.kind) {
    case "set":
      return pick.value;
    case "download":
      return await downloadEncoder(parts, pick.encoder);
    case "folder":
      return await askForFolder();
    case "downloadOther": {
      const id = await askForModel();
      return id === undefined ? undefined : await downloadEncoder(parts, { id, title: id });
    }
  }
}

/** Entries under a heading; none without entries. */
export function section(label: string, items: readonly EncoderItem[]): readonly EncoderItem[] {
  return items.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator }, ...items];
}

/** An encoder that can be downloaded. */
export function downloadItem(encoder: DownloadableEncoder): EncoderItem {
  const { title, approximateBytes, dim, contextLength, languages, licence, goodFor, verified } = encoder;
  const reads = contextLength === null ? "pictures alone" : languages;
  return {
    label: `$(cloud-download) ${title}`,
    description: `about ${formatMegabytes(approximateBytes)}, ${dim} dimensions, ${reads}`,
    detail: `For ${goodFor}. Licence: ${licence}${verified ? "" : ". Not yet tried by us"}`,
    pick: { kind: "download", encoder },
  };
}

/** An encoder on this machine. */
export function encoderItem({ id, folder, builtin, imageOnly, dim, contextLength, note, problem, parity }: EncoderReport): EncoderItem {
  const tokens = imageOnly ? "pictures alone" : `${contextLength ?? "?"} tokens`;
  const facts = problem ?? `${dim ?? "?"} dimensions, ${tokens}${parity === null ? "" : `, parity: ${parity}`}`;
  const warning = builtin ? "Knows coloured shapes only: for trying Winnow, not for photographs" : imageOnly ? folder : (note ?? folder);
  const icon = problem !== null ? "$(error)" : builtin ? "$(beaker)" : "$(chip)";
  return { label: `${icon} ${id}`, description: facts, detail: warning, pick: { kind: "set", value: id } };
}

/** Ways to encoders that are not listed. */
export const otherItems: readonly EncoderItem[] = [
  {
    label: "$(folder-opened) Choose a Folder…",
    detail: "An export as transformers.js or open_clip lay it out, or one with a winnow.json",
    alwaysShow: true,
    pick: { kind: "folder" },
  },
  {
    label: "$(cloud-download) Download Another Model…",
    detail: "By its name on the hub, which must have ONNX graphs",
    alwaysShow: true,
    pick: { kind: "downloadOther" },
  },
  {
    label: "$(file-binary) Any Pair of ONNX Graphs…",
    detail: "Files of your own: what they don't tell themselves is asked",
    alwaysShow: true,
    pick: { kind: "graphs" },
  },
];

async function askForFolder(): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: "Encoder's Folder",
    openLabel: "Choose",
    canSelectFiles: false,
    canSelectFolders: true,
  });
  return chosen?.[0]?.fsPath;
}

async function askForModel(): Promise<string | undefined> {
  const typed = await vscode.window.showInputBox({
    title: "Download Another Model",
    prompt: "The model's name on the hub; it needs ONNX graphs, such as the exports of Xenova and onnx-community have",
    placeHolder: "owner/name",
    ignoreFocusOut: true,
    validateInput: (text) => (/^[\w.-]+\/[\w.-]+$/.test(text.trim()) ? undefined : "Type an owner and a name with a slash between them"),
  });
  return typed?.trim();
}
