import * as vscode from "vscode";
import { createDisposableStore } from "../disposables.ts";
import type { StepReply } from "../encoderForm.ts";

/** One step of several: its place, and whether there is a step before it. */
export interface Place {
  readonly title: string;
  readonly step: number;
  readonly totalSteps: number;
  readonly hasBack: boolean;
}

/** An entry of a step's list. `answer` is undefined where it is there to be read. */
export interface StepItem extends vscode.QuickPickItem {
  readonly answer?: string;
}

/** What is asked in a list. `check` gives a sentence where an entry can't be taken. */
export interface ListStep {
  readonly place: Place;
  readonly ask: string;
  readonly items: readonly StepItem[];
  readonly initial?: string;
  readonly check?: (answer: string) => Promise<string | undefined>;
}

/** Lets a person choose from a list, or go a step back. */
export function pickStep({ place, ask, items, initial, check }: ListStep): Promise<StepReply> {
  const input = vscode.window.createQuickPick<StepItem>();
  input.items = items;
  input.placeholder = ask;
  input.matchOnDescription = true;
  input.matchOnDetail = true;
  input.activeItems = items.filter(({ answer }) => answer !== undefined && answer === initial);
  return answerOf(input, place, async () => {
    const answer = input.selectedItems[0]?.answer;
    const problem = answer === undefined ? undefined : await check?.(answer);
    if (problem !== undefined) void vscode.window.showWarningMessage(problem);
    return problem === undefined ? answer : undefined;
  });
}

/** What is asked for in a box of text. */
export interface TextStep {
  readonly place: Place;
  readonly ask: string;
  readonly initial: string;
  readonly check: (text: string) => Promise<string | undefined>;
}

/** Lets a person type an answer, or go a step back. What can't be taken is told below the box. */
export function typeStep({ place, ask, initial, check }: TextStep): Promise<StepReply> {
  const input = vscode.window.createInputBox();
  input.prompt = ask;
  input.value = initial;
  const typing = input.onDidChangeValue(() => (input.validationMessage = undefined));
  return answerOf(input, place, async () => {
    const { value } = input;
    const problem = await check(value);
    input.validationMessage = problem;
    return problem === undefined ? value : undefined;
  }).finally(() => void typing.dispose());
}

type StepInput = vscode.QuickPick<StepItem> | vscode.InputBox;

/** Shows an input until it has an answer, or is left. `accept` gives the answer, undefined where there is none yet. */
async function answerOf(input: StepInput, place: Place, accept: () => Promise<string | undefined>): Promise<StepReply> {
  const { title, step, totalSteps, hasBack } = place;
  Object.assign(input, { title, step, totalSteps, ignoreFocusOut: true, buttons: hasBack ? [vscode.QuickInputButtons.Back] : [] });
  const store = createDisposableStore();
  store.add(input);
  try {
    return await new Promise<StepReply>((resolve, reject) => {
      const take = async (): Promise<void> => {
        if (input.busy) return;
        input.busy = true;
        const text = await accept().finally(() => (input.busy = false));
        if (text !== undefined) resolve({ kind: "answer", text });
      };
      store.add(input.onDidAccept(() => void take().catch(reject)));
      store.add(input.onDidTriggerButton(() => resolve({ kind: "back" })));
      store.add(input.onDidHide(() => resolve({ kind: "closed" })));
      input.show();
    });
  } finally {
    store.dispose();
  }
}
