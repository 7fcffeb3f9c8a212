import * as vscode from "vscode";
import { createDisposableStore, type Disposable } from "../disposables.ts";
import { captionSelector, type CaptionParts, isCaptionDocument } from "./captionParts.ts";
import { type CaptionFinding, findInDocument } from "./findings.ts";

/** A document is looked at again when nobody has typed for so long. */
const quietMs = 300;

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  note: vscode.DiagnosticSeverity.Information,
} as const;

/** The findings of a document as it was in one version. */
interface Shown {
  readonly version: number;
  readonly findings: readonly { readonly finding: CaptionFinding; readonly diagnostic: vscode.Diagnostic }[];
}

/** Shows what is wrong with open caption files in the Problems panel, with quick fixes that are edits of the document. */
export function createCaptionDiagnostics(parts: CaptionParts): Disposable {
  const store = createDisposableStore();
  const collection = store.add(vscode.languages.createDiagnosticCollection("winnow"));
  const shown = new Map<string, Shown>();
  const waiting = new Map<string, NodeJS.Timeout>();
  const forget = ({ uri }: vscode.TextDocument): void => {
    clearTimeout(waiting.get(uri.toString()));
    waiting.delete(uri.toString());
    shown.delete(uri.toString());
    collection.delete(uri);
  };
  const look = async (document: vscode.TextDocument): Promise<void> => {
    const { version } = document;
    const findings = await findAll(parts, document);
    if (document.isClosed || document.version !== version) return; // the next look has been asked for
    const all = findings.map((finding) => ({ finding, diagnostic: diagnosticOf(document, finding) }));
    shown.set(document.uri.toString(), { version, findings: all });
    collection.set(
      document.uri,
      all.map(({ diagnostic }) => diagnostic),
    );
  };
  const lookSoon = (document: vscode.TextDocument): void => {
    if (!isCaptionDocument(document)) return;
    const key = document.uri.toString();
    clearTimeout(waiting.get(key));
    const carryOut = (): void => void look(document).catch((error: unknown) => parts.log(`${key} can't be checked: ${String(error)}`));
    waiting.set(key, setTimeout(carryOut, quietMs));
  };
  const lookAtAll = (): void => vscode.workspace.textDocuments.forEach(lookSoon);
  store.add(vscode.workspace.onDidOpenTextDocument(lookSoon));
  store.add(vscode.workspace.onDidChangeTextDocument(({ document }) => lookSoon(document)));
  store.add(vscode.workspace.onDidCloseTextDocument(forget));
  store.add(parts.onDidChange(lookAtAll));
  store.add({ dispose: () => waiting.forEach((timer) => clearTimeout(timer)) });
  const actions: vscode.CodeActionProvider = {
    provideCodeActions: (document, range) => {
      const known = shown.get(document.uri.toString());
      return known?.version !== document.version ? [] : fixesAt(document, range, known);
    },
  };
  const kinds = { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] };
  store.add(vscode.languages.registerCodeActionsProvider(captionSelector, actions, kinds));
  lookAtAll();
  return store;
}

async function findAll({ files, settings }: CaptionParts, document: vscode.TextDocument): Promise<readonly CaptionFinding[]> {
  if (!settings.read("winnow.captions.diagnostics")) return [];
  const owned = await files.find(document.uri.fsPath);
  if (owned === undefined) return [];
  const [text, limit] = [document.getText(), settings.read("winnow.captions.tokenLimit")];
  const checked = await files.check(owned, text, limit === "encoder" ? null : Number(limit));
  const off = new Set(settings.read("winnow.captions.lintsOff"));
  const firstLineOnly = settings.read("winnow.captions.firstLineOnly");
  return findInDocument({ text, encoding: document.encoding, file: owned.file, checked }, { off, firstLineOnly });
}

function diagnosticOf(document: vscode.TextDocument, { from, to, message, severity, lint }: CaptionFinding): vscode.Diagnostic {
  const range = new vscode.Range(document.positionAt(from), document.positionAt(to));
  const diagnostic = new vscode.Diagnostic(range, message, severities[severity]);
  diagnostic.source = "Winnow";
  diagnostic.code = lint;
  return diagnostic;
}

function fixesAt(document: vscode.TextDocument, range: vscode.Range, { findings }: Shown): vscode.CodeAction[] {
  return findings.flatMap(({ finding: { fix }, diagnostic }) => {
    if (fix === undefined || diagnostic.range.intersection(range) === undefined) return [];
    const action = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix);
    action.diagnostics = [diagnostic];
    if (fix.kind === "encoding") action.command = { title: fix.title, command: "workbench.action.editor.changeEncoding" };
    else {
      action.edit = new vscode.WorkspaceEdit();
      action.edit.replace(document.uri, new vscode.Range(document.positionAt(fix.from), document.positionAt(fix.to)), fix.text);
      action.isPreferred = true;
    }
    return [action];
  });
}
