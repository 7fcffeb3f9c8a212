import * as vscode from "vscode";
import type { Prompt } from "../../core/rewriters/prompt.ts";
import type { HostModels } from "../engineAsks.ts";
import { unlessAborted } from "../unlessAborted.ts";
import { ModelRefusedError, modelErrorOf } from "./modelError.ts";
import type { PictureProbe } from "./pictureProbe.ts";

/** A language model of the editor's. `takesPictures` is undefined where nobody has tried. */
export interface EditorModel {
  /** Its vendor and its id there: as this it is the author of what it writes. */
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly maxInputTokens: number;
  readonly takesPictures: boolean | undefined;
}

/** The language models that the editor has, for the engine and for people. */
export interface EditorModels extends HostModels {
  /** Those that are there now, by name. */
  list(): Promise<readonly EditorModel[]>;
  dispose(): void;
}

/** Newer than the oldest VS Code that the extension runs in: models take pictures from 1.104 on. */
interface DataPart {
  image(bytes: Uint8Array, mime: string): vscode.LanguageModelTextPart;
}
const { LanguageModelDataPart: dataPart } = vscode as unknown as { readonly LanguageModelDataPart?: DataPart };

/** Shown where VS Code asks a person for consent. */
const justification = "Winnow asks it to write the captions anew that you chose";

/** A caption is short: a longer answer is none. */
const longestAnswer = 1 << 20;

/** Opens the editor's models. Nothing is asked of one before a person started something that needs it. */
export function openEditorModels(probe: PictureProbe): EditorModels {
  let found: Promise<ReadonlyMap<string, vscode.LanguageModelChat>> | undefined;
  const changing = vscode.lm.onDidChangeChatModels(() => (found = undefined));
  const find = async (id: string): Promise<vscode.LanguageModelChat> => {
    const model = (await (found ??= findModels())).get(id);
    if (model === undefined) found = undefined;
    if (model === undefined) throw new ModelRefusedError(`${id} is not in VS Code any more: choose another model`);
    return model;
  };
  const takesPictures = async (id: string, model: vscode.LanguageModelChat, signal: AbortSignal): Promise<boolean> => {
    if (dataPart === undefined) return false;
    const never = new AbortController().signal; // what one prompt has begun, the others wait for
    const trying = probe.find(id, (text, picture) => ask(model, { instruction: text, data: "" }, { picture, signal: never }));
    return await unlessAborted(trying, signal);
  };
  return {
    list: async () => {
      const models = [...(await (found = findModels()))];
      return models
        .map(([id, { name, vendor, maxInputTokens }]) => ({ id, name, vendor, maxInputTokens, takesPictures: probe.known(id) }))
        .sort((left, right) => left.name.localeCompare(right.name));
    },
    answerPrompt: async ({ model: id, prompt, picture }, { signal }) => {
      const model = await find(id);
      if (picture !== null && !(await takesPictures(id, model, signal)))
        throw new ModelRefusedError(`${model.name} takes no pictures: choose another model, or a way to rewrite that shows none`);
      return { text: await ask(model, prompt, { picture, signal }) };
    },
    countTokens: async ({ model: id, texts }, { signal }) => {
      const model = await find(id);
      return await unlessAborted(Promise.all(texts.map(async (text) => await model.countTokens(text))), signal);
    },
    dispose: () => void changing.dispose(),
  };
}

async function findModels(): Promise<ReadonlyMap<string, vscode.LanguageModelChat>> {
  const models = await vscode.lm.selectChatModels();
  return new Map(models.map((model) => [idOf(model), model]));
}

function idOf({ id, vendor }: vscode.LanguageModelChat): string {
  return id.startsWith(`${vendor}/`) ? id : `${vendor}/${id}`;
}

/** One request; rejects with a sentence, and at once when it is stopped, whatever the model's provider does. */
async function ask(
  model: vscode.LanguageModelChat,
  { instruction, data }: Pick<Prompt, "instruction" | "data">,
  { picture, signal }: { readonly picture: Uint8Array | null; readonly signal: AbortSignal },
): Promise<string> {
  signal.throwIfAborted();
  const cancellation = new vscode.CancellationTokenSource();
  const stop = (): void => cancellation.cancel();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await unlessAborted(read(model, messageOf({ instruction, data }, picture), cancellation.token), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw modelErrorOf(error, model.name);
  } finally {
    signal.removeEventListener("abort", stop);
    cancellation.dispose();
  }
}

/** There is no system's message in this API, and temperature and length are each vendor's own options: the instruction goes first, the answer is bounded here. */
function messageOf(
  { instruction, data }: Pick<Prompt, "instruction" | "data">,
  picture: Uint8Array | null,
): vscode.LanguageModelChatMessage {
  const text = (value: string): vscode.LanguageModelTextPart => new vscode.LanguageModelTextPart(value);
  const image = picture === null || dataPart === undefined ? [] : [dataPart.image(picture, mimeOf(picture))];
  return vscode.LanguageModelChatMessage.User([text(instruction), ...image, ...(data === "" ? [] : [text(data)])]);
}

function mimeOf(picture: Uint8Array): string {
  return picture[0] === 0x89 ? "image/png" : "image/jpeg";
}

async function read(
  model: vscode.LanguageModelChat,
  message: vscode.LanguageModelChatMessage,
  token: vscode.CancellationToken,
): Promise<string> {
  const response = await model.sendRequest([message], { justification }, token);
  let text = "";
  for await (const piece of response.text) {
    text += piece;
    if (text.length > longestAnswer) throw new Error("it answers with more than a million characters");
  }
  return text;
}
