import { html, nothing, render, type TemplateResult } from "lit-html";
import type { Destination, PanelAction, PanelSnapshot } from "../../../src/protocol/panelApi.ts";
import type { PanelContext, View } from "../../context.ts";
import { isTyping } from "../../keys.ts";
import { pagerTemplate } from "../../parts/pager.ts";
import { segments } from "../../parts/segments.ts";
import { createZoomPicture } from "../../parts/zoomPicture.ts";
import { Decisions } from "./decisions.ts";
import { parseDetail, type RewritesDetail } from "./detail.ts";
import { progressTemplate } from "./progressTemplate.ts";
import { proposalList } from "./proposalList.ts";
import { Proposals, pageSize } from "./proposals.ts";
import { proposalTemplate } from "./proposalTemplate.ts";
import { presetTitle, reviewKeys, type ReviewAct } from "./reviewKeys.ts";
import { acceptBar, listBar, type ReviewBar } from "./reviewBar.ts";
import { StartPane } from "./startPane.ts";

/** New proposals are looked for that often while a job makes them. */
const lookMs = 5000;

/** The view of rewriting: have proposals made, look them over, accept or reject them. */
export class RewritesView implements View {
  readonly id = "rewrites";
  readonly element = document.createElement("section");
  readonly #context: PanelContext;
  readonly #start: StartPane;
  readonly #proposals: Proposals;
  readonly #decisions: Decisions;
  readonly #picture;
  #detail: RewritesDetail;
  #draft: string | undefined;
  #lookedMs = 0;
  #isShown = false;
  readonly #onKey = (event: KeyboardEvent): void => this.#takeKey(event);

  constructor(context: PanelContext) {
    this.#context = context;
    this.#detail = parseDetail(context.store.detail("rewrites"));
    this.#picture = createZoomPicture(context);
    this.#start = new StartPane(context, {
      detail: () => this.#detail,
      whyNotWrite: () => this.#whyNotWrite(),
      onDraw: () => this.#draw(),
      onDetail: (change) => this.#change(change),
      onProposals: () => this.#look(),
    });
    this.#proposals = new Proposals(context, () => this.#draw());
    this.#decisions = new Decisions(context, {
      onChange: () => this.#draw(),
      onSettled: () => this.#reload(),
    });
    this.element.className = "rewrites";
  }

  show(destination?: Destination): void {
    this.#isShown = true;
    // before the page's own keys: proposals have the same letters for other things
    document.addEventListener("keydown", this.#onKey, { capture: true });
    if (destination?.preset !== undefined) this.#keep({ preset: destination.preset, mode: "start" });
    this.#start.show(destination);
    this.#draw();
    void this.#proposals.open(this.#detail, this.#proposals.from);
  }

  hide(): void {
    this.#isShown = false;
    document.removeEventListener("keydown", this.#onKey, { capture: true });
    this.#start.hide();
    this.#proposals.stop();
    this.#decisions.forget();
  }

  onSnapshot({ overview }: PanelSnapshot, { overview: before }: PanelSnapshot): void {
    const isOther = overview.state !== before.state || overview.analysed?.generation !== before.analysed?.generation;
    if (this.#isShown && isOther) this.#reload();
    this.#draw();
  }

  /** Verdicts have nothing here that they could mean. */
  perform(action: PanelAction): boolean {
    if (action === "undo") return this.#decisions.undo();
    if (action !== "toggleInspector") return action !== "focusFilter";
    const { current } = this.#proposals;
    if (current === undefined || this.#context.store.get().inspected !== null) return false;
    this.#context.inspect(current.sample);
    return true;
  }

  #draw(): void {
    if (!this.#isShown) return;
    const { analysed } = this.#context.snapshot().overview;
    if (analysed === null) {
      render(html`<p class="work-empty quiet">There are no captions to rewrite yet: analyse the dataset first</p>`, this.element);
      return;
    }
    const isReview = this.#detail.mode === "review";
    const signals = analysed.fields.flatMap(({ signal }) => (signal === null ? [] : [signal]));
    render(html`${this.#head()}${isReview ? this.#review() : this.#start.template(signals)}`, this.element);
  }

  #head(): TemplateResult {
    const { accepting } = this.#decisions;
    return html`<div class="rewrites-head">
      ${segments({
        label: "What to do",
        value: this.#detail.mode,
        choices: [
          { value: "review", label: "Review" },
          { value: "start", label: "New proposals" },
        ],
        onChange: (mode) => this.#change({ mode }),
      })}
      ${this.#start.progress()} ${accepting === null ? nothing : progressTemplate("Accepting", accepting, () => this.#decisions.stop())}
      <span class="toolbar-space"></span>
      ${this.#detail.mode === "review" ? acceptBar(this.#bar()) : nothing}
    </div>`;
  }

  #bar(): ReviewBar {
    return {
      detail: this.#detail,
      page: this.#proposals.page,
      whyNot: this.#decisions.accepting === null ? this.#whyNotWrite() : "Writing …",
      onFilter: (filter) => this.#reopen({ filter }),
      onOrder: (order) => this.#reopen({ order }),
      onRule: (rule) => this.#reopen({ rule }),
      onStrategy: (strategy) => this.#change({ strategy }),
      onAcceptAll: () => this.#decisions.acceptAll(this.#detail.rule, this.#detail.strategy),
    };
  }

  #review(): TemplateResult {
    const { page, rows, at, from, isWaiting, current } = this.#proposals;
    this.#picture.show(current?.sample ?? null, current === undefined ? "" : `Picture of ${current.sample}`);
    if (rows.length === 0 || page === undefined) return html`${listBar(this.#bar())}${this.#emptyTemplate()}`;
    return html`<div class="rewrites-stage">
      <div class="work-side">
        ${listBar(this.#bar())}
        ${proposalList({ rows, at, isWaiting, thumbnails: this.#context.thumbnails, onAt: (to) => this.#moveTo(to) })}
        ${pagerTemplate({ from, size: pageSize, count: page.count, noun: "proposals", onFrom: (to) => void this.#proposals.open(this.#detail, to) })}
      </div>
      ${current === undefined ? nothing : this.#proposal(current)}
    </div>`;
  }

  #emptyTemplate(): TemplateResult {
    const { page, isWaiting } = this.#proposals;
    const isNone = page !== undefined && Object.values(page.counts).every((count) => count === 0);
    if (isWaiting || page === undefined) return html`<p class="work-empty quiet" role="status">Reading proposals …</p>`;
    if (!isNone) return html`<p class="work-empty quiet" role="status">No proposals of this kind</p>`;
    return html`<div class="work-empty quiet">
      <p>Nothing is proposed yet. Have captions rewritten by a model or by rules, or write them yourself without seeing the old ones</p>
      <div class="work-actions">
        <vscode-button @click=${() => this.#change({ mode: "start" })}>New proposals</vscode-button>
        <vscode-button appearance="secondary" @click=${() => this.#context.go({ view: "worksheet" })}>Worksheet</vscode-button>
      </div>
    </div>`;
  }

  #proposal(rewrite: NonNullable<Proposals["current"]>): TemplateResult {
    return proposalTemplate({
      rewrite,
      presetTitle: presetTitle(rewrite.preset, this.#start.rewriters),
      picture: this.#picture.element,
      draft: this.#draft,
      whyNot: this.#whyNotWrite(),
      onAccept: () => this.#act("accept"),
      onReject: () => this.#act("reject"),
      onSkip: () => this.#act("skip"),
      onReopen: () => this.#act("reopen"),
      onDraft: (draft) => this.#setDraft(draft),
      onSaveDraft: () => this.#acceptDraft(),
      onInspect: () => this.#context.inspect(rewrite.sample),
    });
  }

  #whyNotWrite(): string | undefined {
    const { overview, trusted } = this.#context.snapshot();
    if (overview.readOnly !== null) return overview.readOnly;
    return trusted ? undefined : "This workspace is not trusted: nothing is changed";
  }

  #takeKey(event: KeyboardEvent): void {
    const { target } = event;
    const isHere = target === document.body || (target instanceof Node && this.element.contains(target));
    if (this.#detail.mode !== "review" || !isHere || isTyping(event)) return;
    const act = reviewKeys(event);
    if (act === undefined || this.#proposals.current === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat || act === "skip") this.#act(act); // a key held down is one decision
  }

  #act(act: ReviewAct): void {
    const { current } = this.#proposals;
    if (current === undefined) return;
    const { state } = current;
    if (act === "skip") this.#moveTo(this.#proposals.at + 1);
    if (act === "skip" || this.#whyNotWrite() !== undefined) return;
    if (act === "edit" && state === "proposed") this.#setDraft(current.after);
    if (act === "accept" && state === "proposed") this.#decisions.accept(current, this.#detail.strategy);
    else if (act === "reject" && (state === "proposed" || state === "stale")) this.#decisions.reject(current);
    else if (act === "reopen" && state === "rejected") this.#decisions.reopen([current.id]);
    else return;
    this.#takeOut(current.id);
  }

  #acceptDraft(): void {
    const { current } = this.#proposals;
    const draft = this.#draft?.trim();
    if (current === undefined || draft === undefined || draft === "") return;
    if (draft === current.after) this.#decisions.accept(current, this.#detail.strategy);
    else this.#decisions.acceptEdited(current, draft, this.#detail.strategy);
    this.#takeOut(current.id);
  }

  #takeOut(id: string): void {
    this.#draft = undefined;
    this.#proposals.remove(id);
    this.#draw();
    this.#focusList();
  }

  #setDraft(draft: string | undefined): void {
    const isNew = this.#draft === undefined;
    this.#draft = draft;
    this.#draw();
    const field = this.element.querySelector<HTMLTextAreaElement>(".proposal-draft");
    if (isNew && field !== null) {
      field.focus();
      field.setSelectionRange(field.value.length, field.value.length);
    } else if (draft === undefined) this.#focusList();
  }

  #focusList(): void {
    this.element.querySelector<HTMLElement>(".work-list")?.focus();
  }

  #moveTo(at: number): void {
    this.#draft = undefined;
    this.#proposals.moveTo(at);
    const { current } = this.#proposals;
    if (current !== undefined && this.#context.store.get().inspected !== null) this.#context.inspect(current.sample);
    this.#draw();
    if (current !== undefined) this.element.querySelector(`#proposal-${CSS.escape(current.id)}`)?.scrollIntoView({ block: "nearest" });
  }

  #keep(change: Partial<RewritesDetail>): void {
    this.#detail = { ...this.#detail, ...change };
    this.#context.store.setDetail("rewrites", this.#detail);
  }

  #change(change: Partial<RewritesDetail>): void {
    const { filter } = this.#detail;
    this.#keep(change);
    this.#draw();
    if (this.#detail.filter !== filter) void this.#proposals.open(this.#detail);
  }

  #reopen(change: Pick<Partial<RewritesDetail>, "filter" | "order" | "rule">): void {
    this.#draft = undefined;
    this.#keep(change);
    void this.#proposals.open(this.#detail);
  }

  #reload(): void {
    if (this.#isShown && !this.#decisions.isBusy) void this.#proposals.reload(this.#decisions.pending);
  }

  /** While a job goes on its proposals come by and by. */
  #look(): void {
    const nowMs = performance.now();
    if (this.#start.isRunning && nowMs - this.#lookedMs < lookMs) return;
    this.#lookedMs = nowMs;
    this.#reload();
  }
}
