import * as vscode from "vscode";
import { formatCertificate } from "../../core/parity/format.ts";
import type { EncoderReport } from "../../protocol/computeApi.ts";
import type { ParityRequest, ParitySource } from "../../protocol/parity.ts";
import { StoppedError } from "../stopped.ts";
import type { CommandParts } from "./handlers.ts";

const title = "Check Encoder's Parity";

/** Asks which encoder is compared with what, compares them, and opens the certificate. */
export async function certifyEncoder(parts: CommandParts): Promise<void> {
  const { engine, datasets, settings } = parts;
  const encoder = await askForEncoder(engine.searcher.call("listEncoders", null));
  if (encoder === undefined) return;
  const against = await askForReference(encoder);
  if (against === undefined) return;
  const certificate = await certifyShown(parts, { encoder: encoder.folder, provider: settings.read("winnow.engine.provider"), against });
  const document = await vscode.workspace.openTextDocument({ language: "markdown", content: formatCertificate(certificate) });
  await vscode.window.showTextDocument(document, { preview: true });
  for (const { root } of datasets.all) void datasets.refresh(root);
}

async function askForEncoder(encoders: Promise<readonly EncoderReport[]>): Promise<EncoderReport | undefined> {
  const items = encoders.then((all) =>
    all
      .filter(({ problem }) => problem === null)
      .map((encoder) => ({
        label: encoder.id,
        description: `parity: ${encoder.parity ?? "not certified"}`,
        detail: encoder.folder,
        encoder,
      })),
  );
  return (await vscode.window.showQuickPick(items, { ignoreFocusOut: true, title, placeHolder: "Which encoder?", matchOnDetail: true }))
    ?.encoder;
}

async function askForReference(encoder: EncoderReport): Promise<ParitySource | undefined> {
  const sources = [
    {
      label: "$(terminal) Python on this machine",
      detail: "With torch and open_clip or transformers, and the model's own weights",
      source: "python",
    },
    {
      label: "$(folder) A folder of vectors made elsewhere",
      detail: "By reference.py, from what winnow parity --make wrote",
      source: "folder",
    },
    { label: "$(chip) Another encoder of Winnow", detail: "The folder of the same model's fp32 export, say", source: "encoder" },
  ] as const;
  const kind = (
    await vscode.window.showQuickPick(sources, { ignoreFocusOut: true, title, placeHolder: `What is ${encoder.id} compared with?` })
  )?.source;
  if (kind === undefined) return undefined;
  if (kind === "python") return await askForPython(encoder);
  const folder = await askForFolder(kind === "folder" ? "Folder of the Reference" : "The Other Encoder's Folder");
  if (folder === undefined) return undefined;
  return kind === "folder" ? { kind, folder } : { kind, encoder: folder };
}

async function askForPython({ folder }: EncoderReport): Promise<ParitySource | undefined> {
  const ask = (prompt: string, value: string): Thenable<string | undefined> =>
    vscode.window.showInputBox({ title, prompt, value, ignoreFocusOut: true });
  const interpreter = await ask("The Python that has torch and open_clip or transformers", "python3");
  if (interpreter === undefined || interpreter.trim() === "") return undefined;
  const model = await ask("What Python loads: a folder of transformers, local-dir:FOLDER or open_clip:NAME", folder);
  if (model === undefined || model.trim() === "") return undefined;
  return { kind: "python", interpreter: interpreter.trim(), model: model.trim() };
}

async function askForFolder(label: string): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({ title: label, openLabel: "Choose", canSelectFiles: false, canSelectFolders: true });
  return chosen?.[0]?.fsPath;
}

function certifyShown({ engine }: CommandParts, request: ParityRequest): Thenable<Parameters<typeof formatCertificate>[0]> {
  const options = { location: vscode.ProgressLocation.Notification, title: "Comparing vectors", cancellable: true };
  return vscode.window.withProgress(options, async (progress, cancellation) => {
    const stop = new AbortController();
    cancellation.onCancellationRequested(() => stop.abort(new StoppedError()));
    let shown = 0;
    const onProgress = ({ done, total }: { readonly done: number; readonly total: number }): void => {
      const percent = (done / Math.max(1, total)) * 100;
      progress.report({ message: `${done} of ${total} pictures and texts`, increment: percent - shown });
      shown = percent;
    };
    return await engine.runner.call("certifyEncoder", request, { signal: stop.signal, onProgress });
  });
}
