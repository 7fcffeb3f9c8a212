import { html, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";

/** A choice of one among a few. */
export interface Dropdown {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly title: string }[];
  readonly onChange: (value: string) => void;
  readonly id?: string;
  readonly isDisabled?: boolean;
}

/**
 * The toolkit's dropdown, kept at a value. Its options come to it later than its value does, and it then takes the one with the attribute
 * `selected`: so both are set.
 */
export function dropdown({ label, value, options, onChange, id, isDisabled = false }: Dropdown): TemplateResult {
  const changed = (event: Event): void => {
    const chosen = (event.target as HTMLElement & { readonly value: string }).value;
    if (chosen !== value) onChange(chosen);
  };
  return html`<vscode-dropdown id=${id ?? ""} aria-label=${label} ?disabled=${isDisabled} .value=${live(value)} @change=${changed}
    >${options.map((option) => html`<vscode-option value=${option.value} ?selected=${option.value === value}>${option.title}</vscode-option>`)}</vscode-dropdown
  >`;
}
