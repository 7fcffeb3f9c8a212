import * as vscode from "vscode";
import type { ChosenProvider } from "../../protocol/panelApi.ts";
import type { StoreApi } from "../../protocol/storeApi.ts";
import type { Caller } from "../engineClient.ts";
import type { Settings } from "../settings.ts";
import { workspaceRoots } from "../workspace.ts";
import { askForServer } from "./askForServer.ts";
import type { EditorModels } from "./editorModels.ts";
import { findOfferedCaptioner } from "./offeredCaptioner.ts";
import { originOf, type ServerKeys } from "./serverKeys.ts";

/** What those who rewrite captions are found with. */
export interface ProviderParts {
  readonly store: Caller<StoreApi>;
  readonly models: Pick<EditorModels, "list">;
  readonly keys: ServerKeys;
  readonly settings: Settings;
}

/** An entry of the list; a heading has nothing to take. */
interface ProviderItem extends vscode.QuickPickItem {
  readonly take?: () => Promise<ChosenProvider | undefined>;
}

/** Those who can rewrite, in the order in which they are offered. A new kind is one function here. */
const offers: readonly ((parts: ProviderParts) => Promise<readonly ProviderItem[]>)[] = [
  offerModels,
  offerServer,
  offerCaptioner,
  offerRules,
];

/** Lets a person choose who writes captions anew: a model of the editor's, a server, or rules. Undefined where none was chosen. */
export async function chooseRewriteProvider(parts: ProviderParts): Promise<ChosenProvider | undefined> {
  const items = Promise.all(offers.map((offer) => offer(parts))).then((all) => all.flat());
  const picked = await vscode.window.showQuickPick(items, {
    title: "Who Rewrites Captions",
    placeHolder: "Which model writes them, or rules alone?",
    matchOnDescription: true,
    matchOnDetail: true,
    ignoreFocusOut: true, // the extensions that have models start first
  });
  return await picked?.take?.();
}

async function offerModels({ models }: ProviderParts): Promise<readonly ProviderItem[]> {
  const all = await models.list();
  if (all.length === 0) return [];
  return [
    heading("Language models of VS Code"),
    ...all.map(({ id, name, maxInputTokens, takesPictures }) => ({
      label: name,
      description: id,
      detail: [`Up to ${maxInputTokens.toLocaleString("en")} tokens a request`, ...picturesText(takesPictures)].join(", "),
      take: () => Promise.resolve({ source: { kind: "host", model: id }, label: name } as const),
    })),
  ];
}

function picturesText(takesPictures: boolean | undefined): readonly string[] {
  return takesPictures === undefined ? [] : [takesPictures ? "takes pictures" : "takes no pictures"];
}

function offerServer(parts: ProviderParts): Promise<readonly ProviderItem[]> {
  const { settings } = parts;
  const [url, model] = [settings.read("winnow.rewrite.url"), settings.read("winnow.rewrite.model")];
  const origin = originOf(url);
  const known = origin !== undefined && model !== "";
  const server: ProviderItem = {
    label: `${model} on ${origin ?? ""}`,
    detail: "The server that the settings name",
    take: () => Promise.resolve(chosenServer(settings, { url, model })),
  };
  const other: ProviderItem = {
    label: known ? "Another Server…" : "OpenAI-Compatible Server…",
    detail: "Ollama, vLLM, LM Studio, llama.cpp, or a service: its address, its model, and its key if it wants one",
    take: async () => {
      const given = await askForServer(parts);
      return given && chosenServer(settings, given);
    },
  };
  return Promise.resolve([heading("Servers"), ...(known ? [server] : []), other]);
}

function chosenServer(settings: Settings, { url, model }: { readonly url: string; readonly model: string }): ChosenProvider {
  const timeoutMs = settings.read("winnow.rewrite.timeout") * 1_000;
  return { source: { kind: "openAi", url, model, timeoutMs }, label: `${model} on ${originOf(url) ?? url}` };
}

/** The captioner of the settings; one that can't be run is there to be read, with why. */
async function offerCaptioner({ store, settings }: ProviderParts): Promise<readonly ProviderItem[]> {
  const offered = await findOfferedCaptioner(store, settings.read("winnow.rewrite.captionerFolder"), workspaceRoots()[0]);
  if (offered === undefined) return [];
  const { label, detail, source } = offered;
  const take = source && ((): Promise<ChosenProvider> => Promise.resolve({ source, label }));
  return [heading("Captioner on this machine"), { label, detail, ...(take && { take }) }];
}

function offerRules(): Promise<readonly ProviderItem[]> {
  return Promise.resolve([
    heading("Without a model"),
    { label: "Rules", detail: "What can surely be mended; nothing is asked of anybody", take: () => Promise.resolve(rules) },
  ]);
}

const rules: ChosenProvider = { source: { kind: "none" }, label: "rules" };

function heading(label: string): ProviderItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
