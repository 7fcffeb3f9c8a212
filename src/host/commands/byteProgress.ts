import * as vscode from "vscode";

/** How a download is stopped and followed. */
export interface DownloadOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Shows how far a download is, with a way to stop it. */
export async function showBytes<Result>(title: string, work: (options: DownloadOptions) => Promise<Result>): Promise<Result> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return await vscode.window.withProgress(options, async (progress, cancellation) => {
    const stop = new AbortController();
    cancellation.onCancellationRequested(() => stop.abort(new vscode.CancellationError()));
    let shown = 0;
    const onProgress = ({ done, total }: { done: number; total: number }): void => {
      const share = (done / Math.max(1, total)) * 100;
      progress.report({ message: `${formatMegabytes(done)} of ${formatMegabytes(total)}`, increment: Math.max(0, share - shown) });
      shown = Math.max(shown, share);
    };
    return await work({ signal: stop.signal, onProgress });
  });
}

/** The proxy of the editor's settings, as a part of a request. */
export function proxySetting(): { readonly proxy?: string } {
  const proxy = vscode.workspace.getConfiguration("http").get<string>("proxy") ?? "";
  return proxy === "" ? {} : { proxy };
}

/** Bytes for people, in millions. */
export function formatMegabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000).toLocaleString("en")} MB`;
}
