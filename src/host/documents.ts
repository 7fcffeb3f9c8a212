import * as vscode from "vscode";
import { createDisposableStore, type Disposable } from "./disposables.ts";

/** Documents to read that are no files: reports of ours. */
export interface Documents extends Disposable {
  /** Shows a text under a name that ends with its kind, such as `.md`; one of that name that is open takes it over. */
  show(name: string, content: string): Promise<void>;
}

const scheme = "winnow-document";

/** What stands in the place of a text that went with the window that made it. */
const gone = "This was made before the window was reloaded: open it again from Winnow's side bar.\n";

/** Makes the documents of a window. */
export function createDocuments(): Documents {
  const store = createDisposableStore();
  const contents = new Map<string, string>();
  const changed = store.add(new vscode.EventEmitter<vscode.Uri>());
  store.add(
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: (uri) => contents.get(uri.path) ?? gone,
    }),
  );
  store.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => uri.scheme === scheme && contents.delete(uri.path)));
  return {
    show: async (name, content) => {
      const uri = vscode.Uri.from({ scheme, path: `/${name.replaceAll("/", " ")}` });
      contents.set(uri.path, content);
      changed.fire(uri);
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
    },
    dispose: () => store.dispose(),
  };
}
