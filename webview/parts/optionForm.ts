import { html, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import type { OptionField, OptionTable, OptionValue } from "../../src/core/prune/options.ts";
import type { SignalDescriptor } from "../../src/core/signals/signal.ts";
import { capitalised } from "../format.ts";
import { dropdown } from "./dropdown.ts";
import { named } from "./named.ts";

/** A form of the options of a policy, an operation or a rewriter. */
export interface OptionForm {
  readonly table: OptionTable;
  readonly given: Readonly<Record<string, OptionValue>>;
  readonly signals: readonly SignalDescriptor[];
  /** Makes the ids of fields different from those of other forms. */
  readonly prefix: string;
  /** An option was given another value; undefined leaves it out. */
  readonly onOption: (name: string, value: OptionValue | undefined) => void;
  /** Whether an option has its value with every letter, not only when its field is left. */
  readonly isLive?: boolean;
}

/** The form, made from a table of options: what is new has one by itself. */
export function optionForm(form: OptionForm): TemplateResult {
  const entries = Object.entries(form.table);
  if (entries.length === 0) return html`<p class="quiet">There is nothing to choose</p>`;
  return html`<div class="option-form">
    ${entries.map(([name, field]) => {
      const id = `${form.prefix}-${name}`;
      return html`<label class="option-about" for=${id}>${capitalised(field.about)}</label>${control(form, name, { field, id })}`;
    })}
  </div>`;
}

const none = "";

function control(form: OptionForm, name: string, { field, id }: { field: OptionField; id: string }): TemplateResult {
  const value = form.given[name] ?? field.otherwise;
  const label = capitalised(field.about);
  const choose = (chosen: string): void => form.onOption(name, chosen === none ? undefined : chosen);
  switch (field.kind) {
    case "signal":
      return dropdown({
        id,
        label,
        value: String(value ?? none),
        options: signalOptions(form.signals, field.otherwise, value),
        onChange: choose,
      });
    case "choice": {
      const choices = field.choices.map((choice) => ({ value: choice, title: choice }));
      const options = field.otherwise === undefined ? [{ value: none, title: "(not set)" }, ...choices] : choices;
      return dropdown({ id, label, value: String(value ?? none), options, onChange: choose });
    }
    case "flag":
      return html`<vscode-checkbox
        id=${id}
        ${named(label)}
        ?checked=${value === true}
        .checked=${live(value === true)}
        @change=${(event: Event) => form.onOption(name, (event.target as HTMLInputElement).checked)}
      ></vscode-checkbox>`;
    case "text":
      return html`<vscode-text-field
        id=${id}
        ${named(label)}
        .value=${live(value === undefined ? "" : String(value))}
        @change=${(event: Event) => form.onOption(name, textOf(event))}
        @input=${(event: Event) => form.isLive === true && form.onOption(name, textOf(event))}
      ></vscode-text-field>`;
    case "number":
    case "share":
      return html`<vscode-text-field
        id=${id}
        ${named(label)}
        placeholder=${field.kind === "share" ? "such as 70% or 700" : "not set"}
        .value=${live(value === undefined ? "" : String(value))}
        @change=${(event: Event) => choose(textOf(event).trim())}
        @input=${(event: Event) => form.isLive === true && choose(textOf(event).trim())}
      ></vscode-text-field>`;
  }
}

function textOf(event: Event): string {
  return (event.target as HTMLInputElement).value;
}

/** The signals that the dataset has, and the one that is chosen where it is none of them. */
function signalOptions(
  signals: readonly SignalDescriptor[],
  otherwise: string | undefined,
  value: OptionValue | undefined,
): { value: string; title: string }[] {
  const options = signals.map(({ id, name }) => ({ value: id, title: name }));
  if (value !== undefined && signals.every(({ id }) => id !== value))
    options.push({ value: String(value), title: `${value} (not computed)` });
  return otherwise === undefined ? [{ value: none, title: "(not set)" }, ...options] : options;
}
