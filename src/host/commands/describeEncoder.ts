import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";
import { encoderFileName } from "../../core/encoders/encoderFile.ts";
import { fillEncoderForm, type FormStep, meaningOf, type StepReply } from "../encoderForm.ts";
import type { CommandParts } from "./handlers.ts";
import { pickStep, typeStep } from "./stepInput.ts";

/** An encoder that a person described: `isCompanion` where it sees pictures alone. */
export interface DescribedFolder {
  readonly folder: string;
  readonly isCompanion: boolean;
}

const title = "Any Pair of ONNX Graphs";

/** Asks for graphs and for what they don't tell, and writes their `winnow.json`; undefined where a person gave up. Rejects where there is such a file: it is a person's own. */
export async function describeEncoder(parts: CommandParts): Promise<DescribedFolder | undefined> {
  const imageGraph = await askForGraph("Graph of the Pictures, or of Both");
  if (imageGraph === undefined) return undefined;
  const folder = dirname(imageGraph);
  const written = join(folder, encoderFileName);
  if (await exists(written)) throw new Error(`${written} is there already: change it by hand, or choose its folder`);
  for (;;) {
    const text = await askForTextGraph(imageGraph);
    if (text === undefined) return undefined;
    const isDone = await describePair(parts, { imageGraph, ...text });
    if (isDone !== "back") return isDone === "saved" ? { folder, isCompanion: text.textGraph === undefined } : undefined;
  }
}

interface Graphs {
  readonly imageGraph: string;
  readonly textGraph?: string;
}

async function describePair({ engine: { store } }: CommandParts, graphs: Graphs): Promise<"saved" | "back" | "closed"> {
  const filled = await fillEncoderForm({ describe: (said) => store.call("describeGraphs", { ...graphs, said }), ask, stepsBefore: 1 });
  if (filled.kind !== "filled") return filled.kind;
  await store.call("saveEncoderFolder", { ...graphs, said: filled.said });
  return "saved";
}

function ask({ step, totalSteps, subject }: FormStep): Promise<StepReply> {
  const place = { title, step, totalSteps, hasBack: true };
  if (subject.kind === "save") return askToSave(place, subject);
  const { question, check } = subject;
  const { field, ask: sentence, choices, initial, suggestion } = question;
  if (choices === undefined) return typeStep({ place, ask: sentence, initial, check });
  const items = choices.map((choice) => {
    const meaning = meaningOf(field, choice);
    return { label: choice, description: choice === suggestion ? "likely" : "", answer: choice, ...(meaning && { detail: meaning }) };
  });
  return pickStep({ place, ask: sentence, items, initial, check });
}

function askToSave(
  place: Parameters<typeof pickStep>[0]["place"],
  { path, known }: Extract<FormStep["subject"], { kind: "save" }>,
): Promise<StepReply> {
  return pickStep({
    place,
    ask: "Nothing is left to ask",
    items: [
      { label: "$(save) Save and Choose This Encoder", detail: `Writes ${path}`, answer: "save" },
      { label: "What was read", kind: vscode.QuickPickItemKind.Separator },
      ...known.map((sentence) => ({ label: sentence })),
    ],
  });
}

/** A dialog of a remote window gives one file at a time, so each graph has its own. */
async function askForGraph(label: string, folder?: string): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: label,
    openLabel: "Choose",
    filters: { "ONNX graphs": ["onnx"] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.file(folder) }),
  });
  return chosen?.[0]?.fsPath;
}

/** Where the text graph is; undefined where a person gave up. */
async function askForTextGraph(imageGraph: string): Promise<Omit<Graphs, "imageGraph"> | undefined> {
  const reply = await pickStep({
    place: { title, step: 1, totalSteps: 2, hasBack: false },
    ask: "Which graph reads the texts?",
    items: [
      { label: "$(file) Another File…", detail: "In the same folder, or below it", answer: "other" },
      { label: "$(combine) The Same File", detail: `${basename(imageGraph)} takes pictures and texts`, answer: "same" },
      { label: "$(eye) None", detail: "It sees pictures alone, and can be a companion", answer: "none" },
    ],
  });
  if (reply.kind !== "answer") return undefined;
  if (reply.text === "none") return {};
  const textGraph = reply.text === "same" ? imageGraph : await askForGraph("Graph of the Texts", dirname(imageGraph));
  return textGraph === undefined ? undefined : { textGraph };
}

async function exists(path: string): Promise<boolean> {
  return await vscode.workspace.fs.stat(vscode.Uri.file(path)).then(
    () => true,
    () => false,
  );
}
