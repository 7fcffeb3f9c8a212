import { html, type TemplateResult } from "lit-html";

/** One of a few choices that stand side by side; with an icon the label is its name alone. */
export interface Segment<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly icon?: string;
  readonly about?: string;
}

/** A choice of one among a few that are all seen. */
export interface Segments<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly choices: readonly Segment<Value>[];
  readonly onChange: (value: Value) => void;
}

/** The choices as one control: Tab comes to the one that is chosen, arrow keys move among them. */
export function segments<Value extends string>({ label, value: chosen, choices, onChange }: Segments<Value>): TemplateResult {
  return html`<span class="segments" role="radiogroup" aria-label=${label} @keydown=${moveInGroup}>
    ${choices.map(
      (choice) =>
        html`<button
          role="radio"
          data-value=${choice.value}
          title=${choice.about ?? choice.label}
          aria-label=${choice.label}
          aria-checked=${choice.value === chosen}
          tabindex=${choice.value === chosen ? 0 : -1}
          @click=${() => onChange(choice.value)}
        >
          ${choice.icon === undefined ? choice.label : html`<span class="codicon codicon-${choice.icon}" aria-hidden="true"></span>`}
        </button>`,
    )}
  </span>`;
}

/** Arrow keys move among the choices of a group, as people know it of radio buttons. */
function moveInGroup(event: KeyboardEvent): void {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const choices = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[role=radio]")];
  const at = choices.indexOf(event.target as HTMLElement);
  const next = choices[(at + step + choices.length) % choices.length];
  next?.click();
  next?.focus();
}
