import { html, render, type TemplateResult } from "lit-html";
import { parseOptions, type OptionValue } from "../../../src/core/prune/options.ts";
import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import type { AppliedEdit, ListedEditOperation } from "../../../src/protocol/captionEdits.ts";
import type { Destination, PanelAction } from "../../../src/protocol/panelApi.ts";
import type { PanelContext, View } from "../../context.ts";
import { formatCounted } from "../../format.ts";
import { CaptionScope } from "../../parts/captionScope.ts";
import { type GivenById, parseGiven, withOption } from "../../parts/givenOptions.ts";
import { pagerTemplate, pageWithin } from "../../parts/pager.ts";
import { changeList } from "./changeList.ts";
import { editForm } from "./editForm.ts";
import { type AskedEdit, type EditProgress, pageSize, Preview } from "./preview.ts";

/** What the view remembers. */
interface EditsDetail {
  readonly operation: string | null;
  readonly given: GivenById;
}

/** The view of batch edits: choose captions and an operation, see what would change, change it. */
export class EditsView implements View {
  readonly id = "edits";
  readonly element = document.createElement("section");
  readonly #context: PanelContext;
  readonly #scope: CaptionScope;
  readonly #preview: Preview;
  #detail: EditsDetail;
  #operations: readonly ListedEditOperation[] | undefined;
  #from = 0;
  #at = 0;
  #applying: { readonly stop: AbortController; progress: EditProgress } | null = null;
  #left: AppliedEdit | null = null;
  #isShown = false;

  constructor(context: PanelContext) {
    this.#context = context;
    this.#detail = parseDetail(context.store.detail("edits"));
    this.#scope = new CaptionScope(context, () => this.#turn(0));
    this.#preview = new Preview(context, () => this.#onPreview());
    this.element.className = "work-view edits";
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  show(destination?: Destination): void {
    this.#isShown = true;
    this.#scope.take(destination);
    if (this.#operations === undefined) void this.#load();
    this.#turn(0);
  }

  hide(): void {
    this.#isShown = false;
    this.#preview.stop();
  }

  onSnapshot(): void {
    this.#draw();
  }

  /** Verdicts have nothing here that they could mean. */
  perform(action: PanelAction): boolean {
    if (action !== "toggleInspector") return action !== "undo" && action !== "focusFilter";
    const row = this.#preview.latest?.rows[this.#at];
    if (row === undefined || this.#context.store.get().inspected !== null) return false;
    this.#context.inspect(row.sample);
    return true;
  }

  async #load(): Promise<void> {
    try {
      this.#operations = await this.#context.host.call("listEditOperations", {});
    } catch (error) {
      this.#context.fail(error);
    }
    this.#draw();
  }

  #operation(): ListedEditOperation | undefined {
    return this.#operations?.find(({ id }) => id === this.#detail.operation) ?? this.#operations?.[0];
  }

  /** The operation as it would be asked for; a sentence where its options lack something. */
  #asked(): AskedEdit | string | undefined {
    const operation = this.#operation();
    if (operation === undefined || this.#context.snapshot().overview.analysed === null) return undefined;
    const { id, options: table } = operation;
    const options = parseOptions(table, this.#detail.given[id] ?? {});
    return typeof options === "string" ? options : { scope: this.#scope.scope, operation: id, options };
  }

  #draw(): void {
    if (!this.#isShown) return;
    const { analysed } = this.#context.snapshot().overview;
    if (analysed === null) {
      render(html`<p class="work-empty quiet">There are no captions to change yet: analyse the dataset first</p>`, this.element);
      return;
    }
    const asked = this.#asked();
    this.#preview.want(typeof asked === "string" ? undefined : asked, this.#from);
    const signals = analysed.fields.flatMap(({ signal }) => (signal === null ? [] : [signal]));
    render(html`${this.#form(asked, signals)}${this.#changes()}`, this.element);
  }

  #form(asked: AskedEdit | string | undefined, signals: readonly SignalDescriptor[]): TemplateResult {
    const operation = this.#operation();
    const { latest, isWaiting, progress, failure } = this.#preview;
    return editForm({
      scope: this.#scope.template("edit-scope", latest === undefined ? "" : formatCounted(latest.total, nounOf(operation))),
      operations: this.#operations ?? [],
      operation,
      given: this.#detail.given[operation?.id ?? ""] ?? {},
      signals,
      problem: typeof asked === "string" ? asked : failure,
      counts: latest,
      isWaiting,
      progress,
      applying: this.#applying?.progress ?? null,
      whyNotApply: this.#whyNotApply(),
      left: this.#left,
      onOperation: (id) => this.#change({ operation: id }),
      onOption: (name, value) => this.#setOption(name, value),
      onApply: () => void this.#apply(),
      onStop: () => this.#applying?.stop.abort(new DOMException("Stopped", "AbortError")),
      onLeftSeen: () => this.#setLeft(null),
    });
  }

  #changes(): TemplateResult {
    const { latest, isWaiting } = this.#preview;
    if (latest === undefined || latest.changed === 0) {
      const told = isWaiting
        ? "Looking what would change …"
        : latest === undefined
          ? "What would change is shown here"
          : "Nothing would change";
      return html`<div class="work-side"><p class="work-empty quiet" role="status">${told}</p></div>`;
    }
    return html`<div class="work-side">
      ${changeList({
        rows: latest.rows,
        at: this.#at,
        limit: latest.overTokens?.limit ?? null,
        isWaiting,
        thumbnails: this.#context.thumbnails,
        onAt: (at) => this.#moveTo(at),
        onInspect: (sample) => this.#context.inspect(sample),
      })}
      ${pagerTemplate({ from: this.#from, size: pageSize, count: latest.changed, noun: "changes", onFrom: (from) => this.#turn(from) })}
    </div>`;
  }

  #whyNotApply(): string | undefined {
    const { overview, trusted } = this.#context.snapshot();
    const { latest, isWaiting } = this.#preview;
    if (overview.readOnly !== null) return overview.readOnly;
    if (!trusted) return "This workspace is not trusted: nothing is changed";
    if (this.#applying !== null) return "Writing …";
    if (isWaiting) return "What would change is not known yet";
    return latest === undefined || latest.changed === 0 ? "Nothing would change" : undefined;
  }

  #onPreview(): void {
    const { latest } = this.#preview;
    if (latest !== undefined) {
      const from = pageWithin(this.#from, pageSize, latest.changed);
      if (from !== this.#from) this.#from = from;
      this.#at = Math.max(0, Math.min(this.#at, latest.rows.length - 1));
    }
    this.#draw();
  }

  #turn(from: number): void {
    this.#from = from;
    this.#at = 0;
    this.#draw();
    this.element.querySelector(".work-list")?.scrollTo({ top: 0 });
  }

  #moveTo(at: number): void {
    this.#at = at;
    const row = this.#preview.latest?.rows[at];
    if (row !== undefined && this.#context.store.get().inspected !== null) this.#context.inspect(row.sample);
    this.#draw();
  }

  #change(change: Partial<EditsDetail>): void {
    this.#detail = { ...this.#detail, ...change };
    this.#context.store.setDetail("edits", this.#detail);
    this.#turn(0);
  }

  #setOption(name: string, value: OptionValue | undefined): void {
    const operation = this.#operation();
    if (operation === undefined || (this.#detail.given[operation.id]?.[name] ?? operation.options[name]?.otherwise) === value) return;
    this.#change({ given: withOption(this.#detail.given, operation.id, [name, value]) });
  }

  #setLeft(left: AppliedEdit | null): void {
    this.#left = left;
    this.#draw();
  }

  /** Also from within a field: the value that is being typed counts. */
  #onKey(event: KeyboardEvent): void {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    void this.#apply();
  }

  async #apply(): Promise<void> {
    const asked = this.#asked();
    if (asked === undefined || typeof asked === "string" || this.#whyNotApply() !== undefined) return;
    const applying = { stop: new AbortController(), progress: { done: 0, total: 0 } };
    this.#applying = applying;
    this.#left = null;
    this.#draw();
    const onProgress = (progress: EditProgress): void => {
      applying.progress = progress;
      this.#draw();
    };
    try {
      const applied = await this.#context.host.call("applyEdit", asked, { signal: applying.stop.signal, onProgress });
      this.#tellApplied(applied);
    } catch (error) {
      if (applying.stop.signal.aborted) this.#context.tell("Stopped: no file was changed");
      else this.#context.fail(error);
    }
    this.#applying = null;
    this.#preview.stop(); // what would change is something else now
    this.#draw();
  }

  #tellApplied(applied: AppliedEdit): void {
    const noun = nounOf(this.#operation());
    if (applied.operation === null) this.#context.tell("Nothing was changed");
    else this.#context.tell(`Changed ${formatCounted(applied.applied, noun)}`, { undo: true });
    if (applied.left > 0) this.#left = applied;
  }
}

function nounOf(operation: ListedEditOperation | undefined): string {
  return operation?.unit === "file" ? "caption file" : "caption";
}

/** Reads what was remembered; what has not its form is left at the beginning. */
function parseDetail(value: unknown): EditsDetail {
  const { operation, given } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  return { operation: typeof operation === "string" ? operation : null, given: parseGiven(given) };
}
