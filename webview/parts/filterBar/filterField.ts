import { html, nothing, render, type TemplateResult } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import { type Checked, checkWhere } from "./checkWhere.ts";
import { type Completion, completeWhere } from "./completeWhere.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** What the filter's field works with. */
export interface FilterFieldOptions {
  readonly vocabulary: () => Vocabulary;
  /** A filter was typed that can be read; "" for none. */
  readonly onFilter: (text: string) => void;
}

/** The field that a filter is typed into, with completions and with what is wrong below. */
export interface FilterField {
  readonly element: HTMLElement;
  /** Shows the panel's filter where it was changed elsewhere. */
  show(where: string): void;
  showError(message: string | null): void;
  focus(): void;
}

const debounceMs = 150;
let made = 0;

/** Makes the field. */
export function createFilterField(options: FilterFieldOptions): FilterField {
  return new TypedFilter(options);
}

class TypedFilter implements FilterField {
  readonly element = document.createElement("div");
  readonly #options: FilterFieldOptions;
  readonly #id = `filter-${(made += 1)}`;
  #input!: HTMLInputElement;
  #told = "";
  #refused: string | null = null;
  #problem: Extract<Checked, { kind: "problem" }> | null = null;
  #completions: readonly Completion[] = [];
  #active = -1;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FilterFieldOptions) {
    this.#options = options;
    this.element.className = "filter-field";
    this.#draw();
  }

  show(where: string): void {
    if (where === this.#told) return; // what is being typed stays
    clearTimeout(this.#timer);
    this.#told = where;
    this.#refused = null;
    this.#input.value = where;
    this.#check();
  }

  showError(message: string | null): void {
    this.#refused = message;
    this.#draw();
  }

  focus(): void {
    this.#input.focus();
    this.#input.select();
  }

  #check(): Checked {
    const checked = checkWhere(this.#input.value, this.#options.vocabulary().fields);
    this.#problem = checked.kind === "problem" ? checked : null;
    this.#draw();
    return checked;
  }

  #onInput(): void {
    this.#complete();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(), debounceMs);
  }

  /** Tells what was typed, where it can be read; else what is wrong with it. */
  #tell(): void {
    clearTimeout(this.#timer);
    const checked = this.#check();
    const text = this.#input.value.trim();
    if (checked.kind === "problem" || text === this.#told) return;
    this.#told = text;
    this.#refused = null;
    this.#options.onFilter(text);
  }

  #complete(): void {
    const { value, selectionStart } = this.#input;
    this.#completions = completeWhere(value, selectionStart ?? value.length, this.#options.vocabulary());
    this.#active = -1;
    this.#draw();
  }

  #closeList(): void {
    this.#completions = [];
    this.#active = -1;
    this.#draw();
  }

  #accept({ insert, from, to, kind }: Completion): void {
    this.#input.setRangeText(insert, from, to, "end");
    if (kind === "words" || kind === "bucket") {
      this.#closeList();
      this.#tell();
    } else this.#onInput();
  }

  #onKey(event: KeyboardEvent): void {
    const { key } = event;
    const count = this.#completions.length;
    if ((key === "ArrowDown" || key === "ArrowUp") && count === 0) this.#complete();
    else if (key === "ArrowDown") this.#move((this.#active + 1) % count);
    else if (key === "ArrowUp") this.#move((this.#active <= 0 ? count : this.#active) - 1);
    else if (key === " " && event.ctrlKey) this.#complete();
    else if (key === "Enter") this.#onEnter();
    else if (key === "Escape" && count > 0) this.#closeList();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #onEnter(): void {
    const chosen = this.#completions[this.#active] ?? this.#meantWords();
    if (chosen !== undefined) this.#accept(chosen);
    else {
      this.#closeList();
      this.#tell();
    }
  }

  /** Plain words that are no filter are looked for in the captions. */
  #meantWords(): Completion | undefined {
    if (checkWhere(this.#input.value, this.#options.vocabulary().fields).kind !== "problem") return undefined;
    return completeWhere(this.#input.value, this.#input.value.length, this.#options.vocabulary()).find(({ kind }) => kind === "words");
  }

  #move(to: number): void {
    this.#active = to;
    this.#draw();
    this.element.querySelector(".completion.active")?.scrollIntoView({ block: "nearest" });
  }

  #draw(): void {
    const open = this.#completions.length > 0;
    const wrong = this.#problem !== null || this.#refused !== null;
    const bound = ref((input) => {
      if (input !== undefined) this.#input = input as HTMLInputElement;
    });
    const template = html`<span class="codicon codicon-filter" aria-hidden="true"></span>
      <input
        ${bound}
        type="text"
        role="combobox"
        spellcheck="false"
        autocomplete="off"
        placeholder="Filter: clipScorePercentile < 5 and caption ~ dog, or words of a caption"
        aria-label="Filter"
        aria-autocomplete="list"
        aria-expanded=${open}
        aria-controls="${this.#id}-list"
        aria-activedescendant=${this.#active < 0 ? nothing : `${this.#id}-${this.#active}`}
        aria-invalid=${wrong}
        aria-describedby="${this.#id}-error"
        @input=${() => this.#onInput()}
        @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
        @blur=${() => this.#onBlur()}
      />
      <ul id="${this.#id}-list" class="completions" role="listbox" aria-label="Completions" ?hidden=${!open}>
        ${this.#completions.map((completion, at) => this.#completionTemplate(completion, at))}
      </ul>
      <div id="${this.#id}-error" class="filter-error" role="status">${this.#errorTemplate()}</div>`;
    render(template, this.element);
  }

  #onBlur(): void {
    this.#closeList();
    this.#tell();
  }

  #completionTemplate(completion: Completion, at: number): TemplateResult {
    const { kind, label, detail } = completion;
    // The mouse must not take the focus from the field.
    const accept = (event: Event): void => {
      event.preventDefault();
      this.#accept(completion);
    };
    return html`<li
      id="${this.#id}-${at}"
      class="completion ${at === this.#active ? "active" : ""}"
      role="option"
      aria-selected=${at === this.#active}
      @mousedown=${accept}
    >
      <span class="codicon codicon-${icons[kind]}" aria-hidden="true"></span><span class="completion-label">${label}</span
      ><span class="completion-detail">${detail}</span>
    </li>`;
  }

  #errorTemplate(): TemplateResult | typeof nothing {
    if (this.#refused !== null) return html`${this.#refused}`;
    if (this.#problem === null) return nothing;
    const { message, at } = this.#problem;
    const isUnfinished = at !== null && at >= this.#input.value.trimEnd().length;
    if (isUnfinished && this.#completions.length > 0) return nothing; // the completions say what is expected
    return html`${message}${at === null ? nothing : placeTemplate(this.#input.value, at)}`;
  }
}

const icons = {
  field: "symbol-field",
  operator: "symbol-operator",
  value: "symbol-constant",
  word: "symbol-keyword",
  bucket: "archive",
  words: "search",
} as const;

/** The filter around the place that is wrong, the place marked. */
function placeTemplate(text: string, at: number): TemplateResult {
  const before = text.slice(Math.max(0, at - 20), at);
  const wrong = /^\S*/.exec(text.slice(at))![0].slice(0, 20);
  return html`: <code aria-hidden="true">${at > 20 ? "…" : ""}${before}<mark>${wrong === "" ? " " : wrong}</mark></code>`;
}
