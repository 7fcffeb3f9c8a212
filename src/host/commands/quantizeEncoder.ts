import * as vscode from "vscode";
import type { EncoderReport } from "../../protocol/computeApi.ts";
import type { QuantizedEncoder } from "../../protocol/encoders.ts";
import { formatQuantized, formatQuantizeProgress } from "../quantizedText.ts";
import { StoppedError } from "../stopped.ts";
import type { CommandParts } from "./handlers.ts";
import { useEncoder } from "./useEncoder.ts";

/** Asks which encoder, makes it in eight bits, tells how close and how fast it is, and offers to choose it. */
export async function quantizeEncoder(parts: CommandParts): Promise<void> {
  const encoder = await askForEncoder(parts.engine.searcher.call("listEncoders", null));
  if (encoder === undefined) return;
  const made = await quantizeShown(parts, encoder.id);
  const told = formatQuantized(made);
  parts.log.info(told);
  if (!made.isKept) {
    await vscode.window.showWarningMessage(told);
    return;
  }
  const choice = "Choose It";
  const chosen = await vscode.window.showInformationMessage(told, choice);
  if (chosen === choice) await useEncoder(parts, made.id, undefined);
}

/** Eight bits are made of float32 alone, and of encoders that read texts. */
async function askForEncoder(encoders: Promise<readonly EncoderReport[]>): Promise<EncoderReport | undefined> {
  const items = encoders.then((all) =>
    all
      .filter(({ imageOnly, contextLength, encoderId }) => !imageOnly && contextLength !== null && encoderId?.endsWith("/fp32") === true)
      .map((encoder) => ({ label: encoder.id, description: `${encoder.dim ?? "?"} dimensions`, detail: encoder.folder, encoder })),
  );
  const options = { title: "Make an Encoder in Eight Bits", placeHolder: "Of which encoder in float32?", matchOnDetail: true };
  return (await vscode.window.showQuickPick(items, options))?.encoder;
}

function quantizeShown({ engine }: CommandParts, encoder: string): Thenable<QuantizedEncoder> {
  const options = { location: vscode.ProgressLocation.Notification, title: `${encoder} in eight bits`, cancellable: true };
  return vscode.window.withProgress(options, async (progress, cancellation) => {
    const stop = new AbortController();
    cancellation.onCancellationRequested(() => stop.abort(new StoppedError()));
    return await engine.runner.call(
      "quantizeEncoder",
      { encoder },
      { signal: stop.signal, onProgress: (step) => progress.report({ message: formatQuantizeProgress(step) }) },
    );
  });
}
