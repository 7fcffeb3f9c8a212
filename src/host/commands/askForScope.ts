import * as vscode from "vscode";
import type { EditScope } from "../../protocol/captionEdits.ts";
import type { DatasetEntry } from "../datasets.ts";
import { formatCount } from "../runText.ts";
import type { CommandParts } from "./handlers.ts";
import { targetOf } from "./target.ts";

interface ScopeItem extends vscode.QuickPickItem {
  /** A heading has none. */
  readonly scope?: EditScope | "filter";
}

/** The captions that a command is about: the bucket that it was called on, else those that the person picks. Undefined where none are. */
export async function askForScope(
  parts: CommandParts,
  entry: DatasetEntry,
  { title, argument }: { readonly title: string; readonly argument: unknown },
): Promise<EditScope | undefined> {
  const { subject } = targetOf(argument);
  if (subject?.kind === "bucket") return { kind: "bucket", bucket: subject.bucket };
  const items = [...(await openFileItems(parts, entry)), ...bucketItems(entry)];
  const picked = await vscode.window.showQuickPick(items, {
    ignoreFocusOut: true,
    title,
    placeHolder: "Which captions?",
    matchOnDetail: true,
  });
  return picked?.scope === "filter" ? await askForFilter(title) : picked?.scope;
}

/** The captions of the file in front, where it is one of the dataset's. */
async function openFileItems({ captionFiles }: CommandParts, { root }: DatasetEntry): Promise<readonly ScopeItem[]> {
  const document = vscode.window.activeTextEditor?.document;
  const owned = document?.uri.scheme === "file" ? await captionFiles.find(document.uri.fsPath) : undefined;
  if (document === undefined || owned?.root !== root || owned.file.captions.length === 0) return [];
  const pairs = owned.file.captions.map(({ sample, captionIndex }) => ({ sample, captionIndex }));
  return [
    {
      label: "The Open File",
      description: formatCount(pairs.length, "caption"),
      detail: vscode.workspace.asRelativePath(document.uri),
      scope: { kind: "targets", targets: { kind: "named", pairs } },
    },
  ];
}

function bucketItems({ overview }: DatasetEntry): readonly ScopeItem[] {
  const analysed = overview?.analysed;
  const buckets = analysed?.buckets.filter(({ count }) => count > 0) ?? [];
  return [
    {
      label: "All Captions",
      description: formatCount(analysed?.captions ?? 0, "caption"),
      detail: "Those of the evaluation split are left as they are",
      scope: { kind: "dataset" },
    },
    { label: "Those That Fit a Filter…", detail: 'Such as "clipScore < 0.2 and caption ~ dog"', scope: "filter" },
    ...(buckets.length === 0 ? [] : [{ label: "Buckets", kind: vscode.QuickPickItemKind.Separator }]),
    ...buckets.map(({ id, title, about, unit, count }) => ({
      label: title,
      description: formatCount(count, unit === "pair" ? "caption" : "picture"),
      detail: about,
      scope: { kind: "bucket", bucket: id } as const,
    })),
  ];
}

async function askForFilter(title: string): Promise<EditScope | undefined> {
  const where = await vscode.window.showInputBox({
    ignoreFocusOut: true,
    title,
    prompt: "A filter, as the panel has it",
    placeHolder: "clipScore < 0.2 and caption ~ dog",
  });
  return where === undefined || where.trim() === "" ? undefined : { kind: "where", where: where.trim() };
}
