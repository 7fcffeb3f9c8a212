import { html, nothing, render, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { policies } from "../../../src/core/prune/policies.ts";
import type { Rule } from "../../../src/core/prune/policy.ts";
import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import type { PanelAction, PanelSnapshot } from "../../../src/protocol/panelApi.ts";
import type { PanelContext, View } from "../../context.ts";
import { capitalised, formatCounted } from "../../format.ts";
import { openMenu } from "../../parts/menu.ts";
import { ComparisonPane } from "./comparison.ts";
import { compareItems } from "./compareItems.ts";
import { changeDraft, type Draft, type DraftChange, moveDraft, ruleOf, rulesOf, withDraft } from "./drafts.ts";
import { outcomeTemplate } from "./outcome.ts";
import { RecipeEdits } from "./recipeEdits.ts";
import { ruleCard } from "./ruleCard.ts";
import { RuleDrag } from "./ruleDrag.ts";
import { Trials } from "./trials.ts";

/** The view of the recipe: rules that hold, edits of them, what they would do, and what is applied. */
export class RecipeView implements View {
  readonly id = "recipe";
  readonly element = document.createElement("section");
  readonly #context: PanelContext;
  readonly #comparison: ComparisonPane;
  readonly #tried: Trials;
  readonly #now: Trials;
  readonly #drag: RuleDrag;
  readonly #edits: RecipeEdits;
  #open = new Set<number>();
  #told = "";
  #isShown = false;
  #isBusy = false;

  constructor(context: PanelContext) {
    this.#context = context;
    this.#edits = new RecipeEdits(
      { holding: () => this.#holding(), keep: (edits) => context.store.setDetail("recipe", edits) },
      context.store.detail("recipe"),
    );
    this.#comparison = new ComparisonPane(context);
    this.#tried = new Trials(context, () => this.#draw());
    this.#now = new Trials(context, () => this.#draw());
    this.element.className = "recipe";
    this.#drag = new RuleDrag(this.element, { onChange: () => this.#draw(), onDrop: (key, place) => this.#drop(key, place) });
  }

  show(): void {
    this.#isShown = true;
    this.#draw();
  }

  hide(): void {
    this.#isShown = false;
    this.#edits.forgetSteps(); // who comes back later means operations by undo
    this.#tried.stop();
    this.#now.stop();
  }

  onSnapshot(next: PanelSnapshot, before: PanelSnapshot): void {
    if (next.overview.state !== before.overview.state) this.#comparison.close();
    this.#edits.onHolding();
    this.#draw();
  }

  /** Undo goes back a step of the edits first: what a person did last. */
  perform(action: PanelAction): boolean {
    if (action !== "undo" || !this.#edits.stepBack()) return false;
    this.#told = "The last edit is taken back";
    this.#draw();
    return true;
  }

  #holding(): readonly Rule[] {
    return this.#context.snapshot().overview.recipe.rules;
  }

  #signals(): SignalDescriptor[] {
    return (this.#context.snapshot().overview.analysed?.fields ?? []).flatMap(({ signal }) => (signal === null ? [] : [signal]));
  }

  #edit(drafts: readonly Draft[]): void {
    this.#edits.edit(drafts);
    this.#draw();
  }

  /** The toolkit's checkboxes tell changes that the page itself made, too: what changes nothing is no edit. */
  #changeDraft(key: number, change: DraftChange): void {
    const { drafts } = this.#edits;
    const changed = changeDraft(drafts, key, change);
    if (changed !== drafts) this.#edit(changed);
  }

  #draw(): void {
    if (!this.#isShown) return;
    const { analysed } = this.#context.snapshot().overview;
    if (analysed === null) {
      render(html`<p class="recipe-empty quiet">Rules judge by scores and groups: analyse the dataset first</p>`, this.element);
      return;
    }
    const { drafts } = this.#edits;
    this.#tried.want(rulesOf(drafts).rules);
    if (this.#edits.isEdited) this.#now.want(this.#holding());
    render(
      html`<div class="recipe-rules">
          ${this.#head()} ${this.#overtaken()}
          ${drafts.length === 0 ? html`<p class="recipe-empty quiet">No rule: everything is kept, but for what people decided. Add one here, or cut a signal in the view Scores</p>` : nothing}
          <ol class="rules">
            ${repeat(
              drafts,
              ({ key }) => key,
              (draft, place) => this.#card(draft, place),
            )}
          </ol>
          <p class="visually-hidden" aria-live="polite">${this.#told}</p>
        </div>
        <div class="recipe-outcome">${this.#outcome()} ${this.#comparison.element}</div>`,
      this.element,
    );
  }

  #head(): TemplateResult {
    return html`<div class="recipe-head">
      <h2>Rules, in order</h2>
      <span class="quiet">Each judges what those before it keep; people’s verdicts come before all of them</span>
      <span class="toolbar-space"></span>
      <vscode-button
        appearance="secondary"
        ?disabled=${this.#isReadOnly()}
        aria-haspopup="menu"
        @click=${(event: Event) => this.#openAdd(event.currentTarget as Element)}
        ><span class="codicon codicon-add" slot="start"></span>Add rule</vscode-button
      >
    </div>`;
  }

  #overtaken(): TemplateResult | typeof nothing {
    if (!this.#edits.isOvertaken) return nothing;
    return html`<p class="recipe-overtaken" role="status">
      <span class="codicon codicon-warning" aria-hidden="true"></span>
      <span>The recipe was changed elsewhere since these edits were begun: applying them replaces it</span>
      <vscode-button appearance="secondary" @click=${() => this.#revert()}>Take the recipe as it is now</vscode-button>
    </p>`;
  }

  #card(draft: Draft, place: number): TemplateResult {
    const { key } = draft;
    const { drafts } = this.#edits;
    const at = rulesOf(drafts).places.indexOf(place);
    const trial = this.#tried.latest;
    const isSame = trial !== undefined && typeof ruleOf(draft) !== "string" && trial.rules.length === rulesOf(drafts).rules.length;
    const card = ruleCard({
      draft,
      place,
      count: drafts.length,
      effect: isSame ? trial.tried.effects[at] : undefined,
      isWaiting: this.#tried.isWaiting,
      isOpen: this.#open.has(key),
      isReadOnly: this.#isReadOnly(),
      signals: this.#signals(),
      onOpen: (isOpen) => this.#setOpen(key, isOpen),
      onOff: (isOff) => this.#changeDraft(key, { isOff }),
      onOption: (name, value) => this.#changeDraft(key, { option: [name, value] }),
      onMove: (step) => this.#move(key, place + step),
      onRemove: () => this.#edit(drafts.filter((other) => other.key !== key)),
      onDrag: (event) => this.#drag.start(event, key),
    });
    const drop = this.#drag.place;
    return html`${drop === place ? html`<li class="drop-line" aria-hidden="true"></li>` : nothing}${card}${drop === drafts.length && place === drafts.length - 1 ? html`<li class="drop-line" aria-hidden="true"></li>` : nothing}`;
  }

  #outcome(): TemplateResult {
    const { isEdited } = this.#edits;
    const { undoable } = this.#context.snapshot().overview;
    return outcomeTemplate({
      isEdited,
      tried: this.#tried.latest?.tried,
      isWaiting: this.#tried.isWaiting,
      now: isEdited && !this.#now.isWaiting ? this.#now.latest?.tried : undefined,
      failure: this.#tried.failure ?? (isEdited ? this.#now.failure : null),
      whyNotApply: this.#whyNotApply(),
      whyNotUndo: this.#whyNotUndo(),
      undoSummary: undoable?.summary ?? "",
      isBusy: this.#isBusy,
      onApply: () => void this.#apply(),
      onRevert: () => this.#revert(),
      onUndo: () => void this.#undo(),
      onCompare: (button) => void this.#openCompare(button),
    });
  }

  #isReadOnly(): boolean {
    return this.#context.snapshot().overview.readOnly !== null;
  }

  #whyNotApply(): string | undefined {
    const { readOnly } = this.#context.snapshot().overview;
    if (readOnly !== null) return readOnly;
    if (!this.#edits.isEdited) return "Nothing is changed";
    if (this.#isBusy) return "Applying…";
    return this.#edits.rules === undefined ? "A rule is not complete: fill it in, or remove it" : undefined;
  }

  #whyNotUndo(): string | undefined {
    const { readOnly, undoable } = this.#context.snapshot().overview;
    if (readOnly !== null) return readOnly;
    if (undoable === null) return "Nothing to undo";
    return this.#isBusy ? "Working…" : undefined;
  }

  #setOpen(key: number, isOpen: boolean): void {
    if (isOpen) this.#open.add(key);
    else this.#open.delete(key);
    this.#draw();
  }

  #openAdd(button: Element): void {
    const items = policies.map(({ id, summary }) => ({ label: capitalised(summary), detail: id, run: () => this.#add(id) }));
    openMenu(items, button, { owner: this.element, label: "Add rule" });
  }

  #add(policy: string): void {
    const drafts = withDraft(this.#edits.drafts, policy);
    const { key } = drafts.at(-1)!;
    this.#open.add(key);
    this.#edit(drafts);
    this.#cardElement(key)?.querySelector<HTMLElement>("vscode-dropdown, vscode-text-field, .rule-title")?.focus();
  }

  #move(key: number, to: number): void {
    const { drafts } = this.#edits;
    const from = drafts.findIndex((draft) => draft.key === key);
    const focused = document.activeElement;
    const moved = moveDraft(drafts, from, to);
    if (moved === drafts) return;
    this.#told = `Rule ${from + 1} is at place ${moved.findIndex((draft) => draft.key === key) + 1} of ${moved.length} now`;
    this.#edit(moved);
    // an element that was moved loses the focus, and its button may be at its end now
    const button =
      focused instanceof HTMLElement && !focused.matches("[disabled]")
        ? focused
        : this.#cardElement(key)?.querySelector<HTMLElement>(".rule-title");
    button?.focus();
  }

  #cardElement(key: number): Element | null {
    return this.element.querySelector(`.rule[data-key="${key}"]`);
  }

  #drop(key: number, place: number): void {
    const from = this.#edits.drafts.findIndex((draft) => draft.key === key);
    this.#move(key, place > from ? place - 1 : place);
  }

  #revert(): void {
    this.#open.clear();
    this.#edits.revert();
    this.#draw();
  }

  async #apply(): Promise<void> {
    const { rules } = this.#edits;
    if (rules === undefined) return;
    await this.#during(async () => {
      const { operation, kept } = await this.#context.host.call("applyRules", { rules });
      if (operation === null) this.#context.tell("Nothing changed: it was so already");
      else this.#context.tell(`Applied: ${formatCounted(kept.captions, "pair")} are kept`, { undo: true });
    });
  }

  async #undo(): Promise<void> {
    await this.#during(async () => {
      const { undone, left } = await this.#context.host.call("undo", { cascade: false });
      const rest = left.length === 0 ? "" : `; ${formatCounted(left.length, "file")} left alone: ${left[0]!.path} ${left[0]!.reason}`;
      this.#context.tell(`${undone.length > 0 ? "Undone" : "Nothing was undone"}${rest}`);
    });
  }

  async #openCompare(button: Element): Promise<void> {
    try {
      const { isEdited } = this.#edits;
      const right = isEdited
        ? { title: "the edited rules", source: { kind: "rules", rules: rulesOf(this.#edits.drafts).rules } as const }
        : { title: "what holds now", source: { kind: "current" } as const };
      const items = await compareItems(this.#context, { isEdited, onChoose: (left) => void this.#comparison.compare(left, right) });
      openMenu(items, button, { owner: this.element, label: "Compare with" });
    } catch (error) {
      this.#context.fail(error);
    }
  }

  async #during(work: () => Promise<void>): Promise<void> {
    this.#isBusy = true;
    this.#draw();
    try {
      await work();
    } catch (error) {
      this.#context.fail(error);
    } finally {
      this.#isBusy = false;
      this.#draw();
    }
  }
}
