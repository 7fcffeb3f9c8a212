import * as vscode from "vscode";
import { thumbnailSideFrom } from "../core/pixels/thumbnailSides.ts";
import { createCaptionFiles } from "./captions/captionFiles.ts";
import { serveCaptions } from "./captions/captions.ts";
import { registerCommands } from "./commands/commands.ts";
import { switchRule } from "./commands/decideCommands.ts";
import { contextOf, createContextWriter } from "./contextKeys.ts";
import { createDatasetList, type DatasetList } from "./datasetList.ts";
import { createDisposableStore, type DisposableStore } from "./disposables.ts";
import { createDocuments } from "./documents.ts";
import type { Engine } from "./engineClient.ts";
import { resolveEncoder, resolveFolder } from "./folders.ts";
import { activationFailed } from "./messages.ts";
import { createNotices, type Notices } from "./notices.ts";
import { openEngine } from "./openEngine.ts";
import { createPanels } from "./panel/panels.ts";
import { createRewriteJobs } from "./panel/rewriteJobs.ts";
import { openRememberedRoots } from "./remembered.ts";
import { chooseRewriteProvider } from "./rewrite/chooseRewriteProvider.ts";
import { openEditorModels } from "./rewrite/editorModels.ts";
import { createPictureProbe } from "./rewrite/pictureProbe.ts";
import { openServerKeys } from "./rewrite/serverKeys.ts";
import { createRunDisplays } from "./runDisplay.ts";
import { createSettings, type Settings } from "./settings.ts";
import { registerTools } from "./tools/registerTools.ts";
import { createDatasetsView } from "./tree/datasetsView.ts";
import { serveTuning } from "./tune/serveTuning.ts";
import { watchFolder, workspaceRoots } from "./workspace.ts";

/** Starts the extension: everything is wired, nothing is asked of the engine before this has returned. */
export function activate(context: vscode.ExtensionContext): void {
  const startedMs = performance.now();
  const store = createDisposableStore();
  context.subscriptions.push(store);
  const log = store.add(vscode.window.createOutputChannel("Winnow", { log: true }));
  const notices = createNotices(log);
  try {
    wire(context, { store, log, notices });
    log.info(`Activated in ${(performance.now() - startedMs).toFixed(0)} ms`);
  } catch (error) {
    log.error(error instanceof Error ? error : String(error));
    notices.tell(activationFailed(error)); // VS Code itself says nothing to the person
    throw error;
  }
}

interface Base {
  readonly store: DisposableStore;
  readonly log: vscode.LogOutputChannel;
  readonly notices: Notices;
}

function wire(context: vscode.ExtensionContext, { store, log, notices }: Base): void {
  const { extensionUri, globalStorageUri: storageUri, secrets, workspaceState, globalState } = context;
  const settings = createSettings((key) => vscode.workspace.getConfiguration().get(key));
  const isTrusted = (): boolean => vscode.workspace.isTrusted;
  const onDidWrite = (root: string): void => {
    datasets.noteOwnChange(root);
    void datasets.refresh(root);
  };
  const keys = openServerKeys(secrets);
  const models = store.add(openEditorModels(createPictureProbe(globalState)));
  const engine = store.add(openEngine(extensionUri, { settings, log, notices, models, onDidWrite }));
  const displays = store.add(createRunDisplays());
  const datasets: DatasetList = store.add(
    createDatasetList({
      engine,
      choices: choicesOf(settings),
      remembered: openRememberedRoots(workspaceState),
      watch: watchFolder,
      openDisplay: (name, options) => displays.open(name, options),
      notices,
      isTrusted,
      log: (line) => log.info(line),
    }),
  );
  const provider = () => settings.read("winnow.engine.provider");
  const rewriteJobs = createRewriteJobs({
    store: engine.store,
    chooseProvider: async () => (await chooseRewriteProvider({ store: engine.store, models, keys, settings })) ?? null,
    withKey: (source) => keys.withKey(source),
    limits: () => ({
      concurrency: settings.read("winnow.rewrite.concurrency"),
      pictureSide: settings.read("winnow.rewrite.pictureSide"),
    }),
  });
  const panels = store.add(
    createPanels({ engine, datasets, extensionUri, provider, rewriteJobs, log: (message, detail) => log.info(message, detail) }),
  );
  const logLine = (line: string): void => log.info(line);
  const captionFiles = createCaptionFiles({ engine, datasets, log: logLine });
  const documents = store.add(createDocuments());
  const given = { settings, notices, log, extensionUri, storageUri, secrets, keys, models };
  const parts = { engine, datasets, panels, captionFiles, documents, ...given };
  const onSwitchRule = (root: string, rule: number, isOn: boolean): Promise<void> => switchRule(parts, root, { rule, isOn });
  store.add(createDatasetsView({ engine, datasets, notices, onSwitchRule }));
  store.add(registerCommands(parts));
  store.add(serveTuning(parts));
  store.add(serveCaptions({ files: captionFiles, engine, datasets, settings, log: logLine }));
  store.add(registerTools({ engine, datasets, provider }));
  keepContext(store, datasets);
  followChoices(store, { engine, datasets });
  // What activates the extension (its view, a command, a panel of before, a dataset in the workspace) is about datasets; activation itself waits for none.
  setImmediate(() => void datasets.find());
}

function choicesOf(settings: Settings): Parameters<typeof createDatasetList>[0]["choices"] {
  const base = (): string | undefined => workspaceRoots()[0];
  return {
    folders: workspaceRoots,
    roots: () => settings.read("winnow.datasets.roots").flatMap((written) => resolveFolder(written, base()) ?? []),
    exclude: () => settings.read("winnow.datasets.exclude"),
    request: (root) => {
      const encoder = resolveEncoder(settings.read("winnow.encoder.folder"), base());
      const companion = resolveEncoder(settings.read("winnow.encoder.companion"), base());
      const shrinkOnLoad = settings.read("winnow.decode.shrinkOnLoad");
      const provider = settings.read("winnow.engine.provider");
      const thumbnails = thumbnailSideFrom(settings.read("winnow.run.thumbnails"));
      const named = { ...(encoder && { encoder }), ...(companion && { companion }), ...(thumbnails && { thumbnails }) };
      return { root, provider, shrinkOnLoad, discover: {}, ...named };
    },
    whenFilesChange: () => settings.read("winnow.run.whenFilesChange"),
  };
}

/** Tells VS Code what `when` clauses ask for. */
function keepContext(store: DisposableStore, datasets: DatasetList): void {
  const write = createContextWriter((key, value) => void vscode.commands.executeCommand("setContext", key, value));
  const update = (): void => write(contextOf(datasets.all, datasets));
  store.add(datasets.onDidChange(update));
}

/** What a person changes in VS Code has its effect at once. */
function followChoices(store: DisposableStore, { engine, datasets }: { readonly engine: Engine; readonly datasets: DatasetList }): void {
  const find = (): void => void datasets.find();
  store.add(vscode.workspace.onDidChangeWorkspaceFolders(find));
  store.add(vscode.workspace.onDidGrantWorkspaceTrust(find));
  store.add(
    vscode.workspace.onDidChangeConfiguration((change) => {
      const programs = ["winnow.engine.nodePath", "winnow.cache", "winnow.data"];
      const restarts = programs.some((section) => change.affectsConfiguration(section));
      if (restarts) engine.restart();
      if (restarts || change.affectsConfiguration("winnow.datasets")) find();
    }),
  );
}
