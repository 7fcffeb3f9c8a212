import * as vscode from "vscode";
import { createDisposableStore, type Disposable } from "./disposables.ts";

/** Documents to read that are no files: reports of ours. */
export interface Documents extends Disposable {
  /** Shows a text under a name that ends with its kind, such as `.md`; one of that name that is open takes it over. */
  show(name: string, content: string): Promise<void>;
  /** Shows a text in Markdown as it is read, with its pictures; as text where nothing here shows Markdown. */
  showRead(name: string, content: string): Promise<void>;
}

const scheme = "winnow-document";
/** Comes with VS Code, but a person may have turned it off. */
const markdownExtension = "vscode.markdown-language-features";
const markdownReader = "vscode.markdown.preview.editor";

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
  /** What is read goes on being asked for when its text is closed. */
  const read = new Set<string>();
  store.add(
    vscode.workspace.onDidCloseTextDocument(({ uri }) => uri.scheme === scheme && !read.has(uri.path) && contents.delete(uri.path)),
  );
  const put = (name: string, content: string): vscode.Uri => {
    const uri = vscode.Uri.from({ scheme, path: `/${name.replaceAll("/", " ")}` });
    contents.set(uri.path, content);
    changed.fire(uri);
    return uri;
  };
  const showText = async (uri: vscode.Uri): Promise<void> => {
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  };
  return {
    show: (name, content) => showText(put(name, content)),
    showRead: async (name, content) => {
      const uri = put(name, content);
      read.add(uri.path);
      if (vscode.extensions.getExtension(markdownExtension) === undefined) await showText(uri);
      // The preview that follows the text in front would turn an open report into the next text that is read.
      else await vscode.commands.executeCommand("vscode.openWith", uri, markdownReader);
    },
    dispose: () => store.dispose(),
  };
}
