import { html, nothing, render, type TemplateResult } from "lit-html";
import type { Where } from "../../../src/core/where.ts";
import type { Bins } from "../../../src/protocol/gallery.ts";
import type { Field } from "../../../src/protocol/overview.ts";
import { formatCount } from "../../format.ts";
import { dropdown } from "../dropdown.ts";
import { createDialog, openPopover, type Place } from "../popover.ts";
import { aboutField, titleOfField } from "./fieldTexts.ts";
import { type PartDraft, partOfDraft } from "./partDraft.ts";
import type { Choice } from "./vocabulary.ts";
import { rangeSliders } from "./rangeSliders.ts";

/** What a form for one part of a filter works with. */
export interface PartEditor {
  readonly draft: PartDraft;
  /** Undefined for fields that are looked up elsewhere than in the pairs' columns. */
  readonly field: Field | undefined;
  readonly choices: readonly Choice[];
  /** How many samples or pairs a choice has, where that is known. */
  readonly countOf: (choice: string) => number | undefined;
  readonly readBins: () => Promise<Bins>;
  /** The part as it was filled in; null for none. */
  readonly onApply: (part: Where | null) => void;
}

/** Opens the form for one part of a filter. */
export function openPartEditor(editor: PartEditor, place: Place, owner: Element): void {
  const title = titleOfField(editor.draft.field, editor.field?.signal ?? null);
  let { draft } = editor;
  let bins: Bins | undefined;
  let problem = "";
  const apply = (): void => {
    const part = partOfDraft(draft, editor.field);
    if (part !== null && "problem" in part) {
      problem = part.problem;
      draw();
      return;
    }
    element.hidePopover();
    editor.onApply(part);
  };
  const change = (next: Partial<PartDraft>): void => {
    draft = { ...draft, ...next };
    problem = "";
    draw();
  };
  const element = createDialog({ className: "part-editor", label: `Filter by ${title}`, onDone: apply });
  const cancel = (): void => element.hidePopover();
  const draw = (): void => void render(editorTemplate({ ...editor, draft }, { title, bins, problem, change, apply, cancel }), element);
  draw();
  openPopover(element, place, { owner });
  if (draft.form !== "range") return;
  editor.readBins().then(
    (answer) => {
      bins = answer;
      draw();
    },
    () => undefined, // the numbers can be typed without it
  );
}

interface EditorState {
  readonly title: string;
  readonly bins: Bins | undefined;
  readonly problem: string;
  readonly change: (next: Partial<PartDraft>) => void;
  readonly apply: () => void;
  readonly cancel: () => void;
}

function editorTemplate(editor: PartEditor, state: EditorState): TemplateResult {
  const { draft, field } = editor;
  const about = aboutField(draft.field, field?.signal ?? null);
  const check = (key: "unknown" | "negated", label: string): TemplateResult =>
    html`<vscode-checkbox
      .checked=${draft[key]}
      @change=${(event: Event) => state.change({ [key]: (event.target as HTMLInputElement).checked })}
      >${label}</vscode-checkbox
    >`;
  return html`<strong>${state.title}</strong>
    ${about === "" ? nothing : html`<p class="quiet">${about}</p>`}
    <div class="part-form" ?inert=${draft.unknown}>${formTemplate(editor, state)}</div>
    <div class="part-switches">
      ${field === undefined ? nothing : check("unknown", "Only where it is unknown")} ${check("negated", "All others (not)")}
    </div>
    <p class="filter-error" role="status">${state.problem}</p>
    <div class="part-buttons">
      <vscode-button appearance="secondary" @click=${state.cancel}>Cancel</vscode-button>
      <vscode-button @click=${state.apply}>Apply</vscode-button>
    </div>`;
}

function formTemplate(editor: PartEditor, state: EditorState): TemplateResult {
  switch (editor.draft.form) {
    case "range":
      return rangeTemplate(editor, state);
    case "choice":
      return choiceTemplate(editor, state);
    case "text":
      return textTemplate(editor, state);
  }
}

function rangeTemplate({ draft, field }: PartEditor, { bins, change }: EditorState): TemplateResult {
  const bound = (key: "least" | "greatest", label: string, placeholder: string): TemplateResult =>
    html`<vscode-text-field
      placeholder=${placeholder}
      .value=${draft[key]}
      ?autofocus=${key === "least"}
      @input=${(event: Event) => change({ [key]: (event.target as HTMLInputElement).value })}
      >${label}</vscode-text-field
    >`;
  const isInteger = field?.type === "integer";
  return html`${bins === undefined ? nothing : rangeSliders(bins, { draft, isInteger, onChange: change })}
    <div class="part-bounds">
      ${bound("least", "From", bins === undefined ? "least" : String(bins.least))}
      ${bound("greatest", "to", bins === undefined ? "greatest" : String(bins.greatest))}
    </div>`;
}

function choiceTemplate({ draft, choices, countOf }: PartEditor, { change }: EditorState): TemplateResult {
  const toggle = (value: string): void =>
    change({ values: draft.values.includes(value) ? draft.values.filter((other) => other !== value) : [...draft.values, value] });
  // What a person wrote into the filter is a choice too, also where the dataset has no such value.
  const written = draft.values.filter((value) => !choices.some((choice) => choice.value === value));
  return html`<div class="part-choices" role="group" aria-label="Values">
    ${[...choices, ...written.map((value) => ({ value, label: value }))].map(({ value, label }) => {
      const count = countOf(value);
      return html`<vscode-checkbox .checked=${draft.values.includes(value)} @change=${() => toggle(value)}
        >${label}${count === undefined ? nothing : html` <span class="quiet">${formatCount(count)}</span>`}</vscode-checkbox
      >`;
    })}
  </div>`;
}

function textTemplate({ draft }: PartEditor, { change }: EditorState): TemplateResult {
  const matches: readonly { readonly value: PartDraft["match"]; readonly title: string }[] = [
    { value: "contains", title: "contains" },
    { value: "begins", title: "begins with" },
    { value: "is", title: "is" },
  ];
  return html`<div class="part-text">
    ${dropdown({
      label: "How the text must fit",
      value: draft.match,
      options: matches,
      onChange: (match) => change({ match: match as PartDraft["match"] }),
    })}
    <input
      type="text"
      aria-label="Text"
      autofocus
      .value=${draft.text}
      @input=${(event: Event) => change({ text: (event.target as HTMLInputElement).value })}
    />
  </div>`;
}
