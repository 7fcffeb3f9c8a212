import * as vscode from "vscode";
import type { OptionField, OptionTable, OptionValue } from "../../core/prune/options.ts";

/** Options as a person gave them; what they left alone is left out, and texts may stand for numbers. */
export type GivenOptions = Readonly<Record<string, OptionValue>>;

/** What a choice means, by the option and the choice. */
export type ChoiceTexts = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Shows a table of options with their values, lets a person change any of them and go on. Undefined where they leave it; a table without options asks nothing. */
export async function askForOptions(title: string, table: OptionTable, texts: ChoiceTexts = {}): Promise<GivenOptions | undefined> {
  const given: Record<string, OptionValue> = {};
  if (Object.keys(table).length === 0) return given;
  for (;;) {
    const fields = Object.entries(table).map(([name, field]) => ({
      label: name,
      description: valueText(given[name] ?? field.otherwise),
      detail: field.about,
      name,
    }));
    const items = [{ label: "$(arrow-right) Go On", description: "with what is shown", detail: "", name: undefined }, ...fields];
    const picked = await vscode.window.showQuickPick(items, {
      ignoreFocusOut: true,
      title,
      placeHolder: "Go on, or change an option first?",
    });
    if (picked === undefined) return undefined;
    if (picked.name === undefined) return given;
    const field = table[picked.name]!;
    const asked = `${title}: ${picked.name}`;
    const meaning = texts[picked.name];
    const value =
      field.kind === "choice" && meaning !== undefined
        ? await pickMeant(asked, field, meaning)
        : await askForValue(asked, field, given[picked.name]);
    if (value !== undefined) given[picked.name] = value;
  }
}

async function pickMeant(
  title: string,
  { choices, about }: Extract<OptionField, { kind: "choice" }>,
  meaning: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const items = choices.map((label) => ({ label, detail: meaning[label] ?? "" }));
  return (await vscode.window.showQuickPick(items, { title, placeHolder: about, matchOnDetail: true }))?.label;
}

function valueText(value: OptionValue | undefined): string {
  return value === undefined || value === "" ? "not set" : String(value);
}

async function askForValue(title: string, field: OptionField, given: OptionValue | undefined): Promise<OptionValue | undefined> {
  switch (field.kind) {
    case "flag": {
      const answer = await vscode.window.showQuickPick(["yes", "no"], { ignoreFocusOut: true, title, placeHolder: field.about });
      return answer === undefined ? undefined : answer === "yes";
    }
    case "choice":
      return await vscode.window.showQuickPick(field.choices, { ignoreFocusOut: true, title, placeHolder: field.about });
    case "number":
    case "signal":
    case "share":
    case "text":
      return await vscode.window.showInputBox({
        ignoreFocusOut: true,
        title,
        prompt: field.about,
        value: String(given ?? field.otherwise ?? ""),
        validateInput: (text) =>
          field.kind === "number" && !(text.trim() !== "" && Number.isFinite(Number(text))) ? "Type a number" : undefined,
      });
  }
}
