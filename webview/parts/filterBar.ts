import { html, nothing, render, type TemplateResult } from "lit-html";
import { formatWhere, type Where } from "../../src/core/where.ts";
import type { Analysed, Bucket, Field } from "../../src/protocol/overview.ts";
import type { Search } from "../../src/protocol/panelApi.ts";
import type { PanelContext } from "../context.ts";
import { formatCount } from "../format.ts";
import { checkWhere } from "./filterBar/checkWhere.ts";
import { aboutField } from "./filterBar/fieldTexts.ts";
import { createFilterField, type FilterField } from "./filterBar/filterField.ts";
import { draftOf, emptyDraft, type PartDraft } from "./filterBar/partDraft.ts";
import { openPartEditor } from "./filterBar/partEditor.ts";
import { openSavedViews } from "./filterBar/savedViews.ts";
import { createSearchField } from "./filterBar/searchField.ts";
import { fieldsForMenu, titleIn, type Vocabulary, vocabularyOf } from "./filterBar/vocabulary.ts";
import { describePart, partsOf, replacePart } from "./filterBar/whereParts.ts";
import { type MenuItem, openMenu } from "./menu.ts";
import type { Place } from "./popover.ts";

/** What a view wants of its filter bar. */
export interface FilterBarOptions {
  /** Offers the search by meaning, which orders a list: only where there is one. */
  readonly search: boolean;
}

/** The filter of the panel (`where`, `unit` and `search` of the store) as people see and change it. */
export interface FilterBar {
  readonly element: HTMLElement;
  /** Draws what the store and the snapshot say: call it when the view is shown and with every snapshot. Changes of the store it hears itself. */
  update(): void;
  /** Puts the keyboard's focus into the filter. */
  focus(): void;
  /** Tells at the filter why the engine refused it; null takes it away. A new filter takes it away by itself. */
  showError(message: string | null): void;
}

/** Makes a filter bar. It writes to the store; views listen there (`context.store.subscribe`). */
export function createFilterBar(context: PanelContext, options: FilterBarOptions): FilterBar {
  return new Bar(context, options);
}

class Bar implements FilterBar {
  readonly element = document.createElement("search");
  readonly #context: PanelContext;
  readonly #options: FilterBarOptions;
  readonly #field: FilterField;
  readonly #search: ReturnType<typeof createSearchField>;
  readonly #chips = document.createElement("div");

  constructor(context: PanelContext, options: FilterBarOptions) {
    this.#context = context;
    this.#options = options;
    this.#field = createFilterField({
      vocabulary: () => this.#vocabulary,
      onFilter: (where) => context.store.set({ where }),
    });
    this.#search = createSearchField(context);
    this.#layOut();
    context.store.subscribe((state, before) => {
      if (state.where !== before.where || state.search !== before.search) this.update();
    });
    this.update();
  }

  update(): void {
    this.#field.show(this.#context.store.get().where);
    this.#search.update();
    this.#drawChips();
  }

  focus(): void {
    this.#field.focus();
  }

  showError(message: string | null): void {
    this.#field.showError(message);
  }

  get #analysed(): Analysed | null {
    return this.#context.snapshot().overview.analysed;
  }

  get #fields(): readonly Field[] {
    return this.#analysed?.fields ?? [];
  }

  get #vocabulary(): Vocabulary {
    return vocabularyOf(this.#analysed);
  }

  get #where(): Where | null {
    const checked = checkWhere(this.#context.store.get().where, this.#fields);
    return checked.kind === "filter" ? checked.where : null;
  }

  #layOut(): void {
    this.element.className = "filter-bar";
    this.element.ariaLabel = "Filter and search";
    const line = document.createElement("div");
    line.className = "filter-line";
    const buttons = document.createElement("div");
    buttons.className = "filter-buttons";
    this.#chips.className = "filter-chips";
    line.append(this.#field.element, ...(this.#options.search ? [this.#search.element] : []), buttons);
    this.element.append(line, this.#chips);
    render(this.#buttonsTemplate(), buttons);
  }

  #buttonsTemplate(): TemplateResult {
    const button = (icon: string, label: string, onClick: (anchor: HTMLElement) => void): TemplateResult =>
      html`<button class="quiet-button" aria-haspopup="true" @click=${(event: Event) => onClick(event.currentTarget as HTMLElement)}>
        <span class="codicon codicon-${icon}" aria-hidden="true"></span>${label}
      </button>`;
    return html`${button("add", "Add filter", (anchor) => this.#openFields(anchor))}
    ${button("archive", "Buckets", (anchor) => this.#openBuckets(anchor))}
    ${button("bookmark", "Views", (anchor) => this.#openViews(anchor))}`;
  }

  #drawChips(): void {
    const { search } = this.#context.store.get();
    const parts = partsOf(this.#where);
    const isShown = parts.length > 0 || (search !== null && this.#options.search);
    this.#chips.hidden = !isShown;
    const template = html`${search === null || !this.#options.search ? nothing : this.#searchChip(search)}
      ${parts.map((part, at) => this.#partChip(part, at))}
      <button class="quiet-button" @click=${() => this.#context.store.set({ where: "", search: null })}>
        <span class="codicon codicon-clear-all" aria-hidden="true"></span>Clear all
      </button>`;
    render(isShown ? template : nothing, this.#chips);
  }

  #searchChip(search: Search): TemplateResult {
    const label =
      search.kind === "text"
        ? `Nearest to “${search.text}”`
        : `Similar to ${search.kind === "sample" ? search.sample : fileName(search.path)}`;
    return chipTemplate({
      label,
      about: "The list is ordered by similarity",
      icon: "search-sparkle",
      onRemove: () => this.#context.store.set({ search: null }),
    });
  }

  #partChip(part: Where, at: number): TemplateResult {
    const label = describePart(part, this.#vocabulary);
    return chipTemplate({
      label,
      about: `${formatWhere(part)} – change`,
      onChange: (anchor) => this.#editPart(part, at, anchor),
      onRemove: () => this.#setPart(at, null),
    });
  }

  #setPart(at: number, part: Where | null): void {
    const where = replacePart(this.#where, at, part);
    this.#context.store.set({ where: where === null ? "" : formatWhere(where) });
  }

  #editPart(part: Where, at: number, place: Place): void {
    const draft = draftOf(part, (field) => this.#emptyDraft(field));
    if (draft === undefined)
      this.#field.focus(); // what only a text can say is changed as a text
    else this.#openEditor(draft, at, place);
  }

  #openEditor(draft: PartDraft, at: number, place: Place): void {
    const { host } = this.#context;
    const problems = this.#analysed?.problems ?? [];
    const editor = {
      draft,
      field: this.#fields.find(({ name }) => name === draft.field),
      choices: this.#vocabulary.choices.get(draft.field) ?? [],
      countOf: (choice: string) => (draft.field === "problem" ? problems.find(({ code }) => code === choice)?.count : undefined),
      readBins: () => host.call("readBins", { field: draft.field }),
      onApply: (part: Where | null) => this.#setPart(at, part),
    };
    openPartEditor(editor, place, this.element);
  }

  #emptyDraft(field: string): PartDraft {
    const type = this.#fields.find(({ name }) => name === field)?.type;
    const hasChoices = this.#vocabulary.choices.has(field);
    return emptyDraft(field, { hasChoices, numeric: type !== undefined && type !== "text" && type !== "boolean" });
  }

  #openFields(anchor: HTMLElement): void {
    const { plain, signals } = fieldsForMenu(this.#vocabulary);
    const item = (name: string, heading?: string): MenuItem => ({
      label: titleIn(this.#vocabulary, name),
      about: aboutField(name, this.#fields.find((field) => field.name === name)?.signal ?? null),
      ...(heading === undefined ? {} : { heading }),
      run: () => this.#openEditor(this.#emptyDraft(name), partsOf(this.#where).length, anchor),
    });
    const items = [...plain.map((name) => item(name)), ...signals.map((name, at) => item(name, at === 0 ? "Signals" : undefined))];
    openMenu(items, anchor, { owner: this.element, label: "Add a filter by" });
  }

  #openBuckets(anchor: HTMLElement): void {
    const { where, unit } = this.#context.store.get();
    const items = (this.#analysed?.buckets ?? []).map((bucket: Bucket): MenuItem => ({
      label: bucket.title,
      about: bucket.about,
      detail: formatCount(bucket.count),
      checked: bucket.where === where && bucket.unit === unit,
      run: () => this.#context.store.set({ where: bucket.where, unit: bucket.unit, search: null }),
    }));
    const all: MenuItem = { label: "Everything", checked: where === "", run: () => this.#context.store.set({ where: "", search: null }) };
    openMenu([all, ...items], anchor, { owner: this.element, label: "Buckets" });
  }

  #openViews(anchor: HTMLElement): void {
    openSavedViews(this.#context, anchor, this.element).catch((error: unknown) => this.#context.fail(error));
  }
}

interface Chip {
  readonly label: string;
  readonly about: string;
  readonly icon?: string;
  readonly onChange?: (anchor: HTMLElement) => void;
  readonly onRemove: () => void;
}

function chipTemplate({ label, about, icon, onChange, onRemove }: Chip): TemplateResult {
  const text = html`${icon === undefined ? nothing : html`<span class="codicon codicon-${icon}" aria-hidden="true"></span>`}<span
      class="chip-label"
      >${label}</span
    >`;
  return html`<span class="chip" title=${about}
    >${
      onChange === undefined
        ? html`<span class="chip-text">${text}</span>`
        : html`<button class="chip-text" @click=${(event: Event) => onChange(event.currentTarget as HTMLElement)}>${text}</button>`
    }<button class="chip-remove" aria-label="Remove ${label}" title="Remove" @click=${onRemove}>
      <span class="codicon codicon-close" aria-hidden="true"></span></button
  ></span>`;
}

function fileName(path: string): string {
  return path.split(/[/\\]/).pop()!;
}
