import * as vscode from "vscode";
import type { Nearest } from "../../protocol/inspection.ts";
import { createDisposableStore, type Disposable } from "../disposables.ts";
import { captionAtLine, lensesOf, placeCaptions } from "./captionLenses.ts";
import { captionSelector, type CaptionParts } from "./captionParts.ts";
import { hoverText } from "./hoverText.ts";
import { completeTags } from "./tagCompletion.ts";

/** Hover, lenses and completion of tags in caption files. */
export function createCaptionProviders(parts: CaptionParts): Disposable {
  const store = createDisposableStore();
  const { languages } = vscode;
  store.add(languages.registerHoverProvider(captionSelector, { provideHover: (...asked) => provideHover(parts, ...asked) }));
  store.add(languages.registerCodeLensProvider(captionSelector, lensProvider(parts)));
  store.add(languages.registerCompletionItemProvider(captionSelector, tagProvider(parts), ","));
  return store;
}

const hoverPictureSide = 160;

async function provideHover(
  parts: CaptionParts,
  document: vscode.TextDocument,
  position: vscode.Position,
  token: vscode.CancellationToken,
): Promise<vscode.Hover | undefined> {
  const owned = await parts.files.find(document.uri.fsPath);
  const caption = owned && captionAtLine(placeCaptions(document.getText(), owned.file), position.line);
  if (owned === undefined || caption === undefined) return undefined;
  const gone = new AbortController();
  token.onCancellationRequested(() => gone.abort());
  const asked = { root: owned.root, sample: caption.sample, signal: gone.signal };
  const [picture, wrong] = await Promise.all([readPicture(parts, asked), readNearestWrong(parts, asked)]);
  if (token.isCancellationRequested) return undefined;
  return new vscode.Hover(new vscode.MarkdownString(hoverText({ caption, picture, wrong })));
}

interface OfSample {
  readonly root: string;
  readonly sample: string;
  readonly signal: AbortSignal;
}

/** A data URI: it needs no file of ours on the machine where the window is. */
async function readPicture({ engine, log }: CaptionParts, { root, sample, signal }: OfSample): Promise<string | undefined> {
  try {
    const { bytes } = await engine.store.call("readThumbnails", { root, samples: [sample], side: hoverPictureSide }, { signal });
    return bytes.length === 0 ? undefined : `data:image/webp;base64,${Buffer.from(bytes).toString("base64")}`;
  } catch (error) {
    log(`${sample} has no small picture: ${String(error)}`);
    return undefined;
  }
}

/** By the vectors of the analysis; none in a workspace that isn't trusted. */
async function readNearestWrong(
  { engine, settings, log }: CaptionParts,
  { root, sample, signal }: OfSample,
): Promise<Nearest["captions"][number] | undefined> {
  const provider = settings.read("winnow.engine.provider");
  try {
    const { captions } = await engine.searcher.call("nearest", { root, sample, limit: 1, provider }, { signal });
    return captions[0];
  } catch (error) {
    log(`${sample} has no nearest caption: ${String(error)}`);
    return undefined;
  }
}

function lensProvider({ files, onDidChange }: CaptionParts): vscode.CodeLensProvider {
  return {
    onDidChangeCodeLenses: onDidChange,
    provideCodeLenses: async (document) => {
      const owned = await files.find(document.uri.fsPath);
      if (owned === undefined) return [];
      return lensesOf(document.getText(), owned).map(({ line, title, command, argument }) => {
        const range = new vscode.Range(line, 0, line, 0);
        return new vscode.CodeLens(range, { title, command, arguments: [argument] });
      });
    },
  };
}

function tagProvider({ files }: CaptionParts): vscode.CompletionItemProvider {
  return {
    provideCompletionItems: async (document, position) => {
      const owned = await files.find(document.uri.fsPath);
      if (owned === undefined || owned.file.captions.length === 0) return undefined;
      const tags = await files.tags(owned.root);
      const choices = completeTags(document.lineAt(position.line).text, position.character, tags);
      const range = choices && new vscode.Range(position.line, choices.from, position.line, position.character);
      const items = choices?.tags.map(({ tag, count }, rank) => {
        const item = new vscode.CompletionItem({ label: tag, description: count.toLocaleString("en") }, vscode.CompletionItemKind.Value);
        if (range !== undefined) item.range = range;
        item.sortText = String(rank).padStart(5, "0");
        return item;
      });
      return new vscode.CompletionList(items ?? [], true);
    },
  };
}
