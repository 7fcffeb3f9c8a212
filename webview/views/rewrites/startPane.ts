import { html, nothing, type TemplateResult } from "lit-html";
import { parseOptions, type OptionValue } from "../../../src/core/prune/options.ts";
import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import type { Destination } from "../../../src/protocol/panelApi.ts";
import type { ListedRewriter, PageRewriteRequest, RewriteReport } from "../../../src/protocol/rewrites.ts";
import type { PanelContext } from "../../context.ts";
import { formatCounted } from "../../format.ts";
import { CaptionScope } from "../../parts/captionScope.ts";
import { withOption } from "../../parts/givenOptions.ts";
import type { RewritesDetail } from "./detail.ts";
import { progressTemplate } from "./progressTemplate.ts";
import { RewriteWork } from "./rewriteWork.ts";
import { estimateTemplate, reportTemplate, startForm } from "./startForm.ts";

/** What the pane takes from the view that holds it. */
export interface StartPaneHolder {
  detail(): RewritesDetail;
  /** Why nothing may be written; undefined where it may. */
  whyNotWrite(): string | undefined;
  onDraw(): void;
  onDetail(change: Partial<RewritesDetail>): void;
  /** The job made proposals. */
  onProposals(): void;
}

/** Where new proposals are asked for: by whom, of which captions, at what cost; and the job that makes them. */
export class StartPane {
  readonly #context: PanelContext;
  readonly #holder: StartPaneHolder;
  readonly #scope: CaptionScope;
  readonly #work: RewriteWork;
  #rewriters: readonly ListedRewriter[] | undefined;

  constructor(context: PanelContext, holder: StartPaneHolder) {
    this.#context = context;
    this.#holder = holder;
    this.#scope = new CaptionScope(context, () => holder.onDraw());
    this.#work = new RewriteWork(context, {
      onChange: () => holder.onDraw(),
      onProposals: () => holder.onProposals(),
      onDone: (report) => this.#onDone(report),
    });
  }

  get rewriters(): readonly ListedRewriter[] {
    return this.#rewriters ?? [];
  }

  get isRunning(): boolean {
    return this.#work.isRunning;
  }

  show(destination?: Destination): void {
    this.#scope.take(destination);
    if (this.#rewriters === undefined) void this.#load();
  }

  hide(): void {
    this.#work.stopAsking();
  }

  progress(): TemplateResult | typeof nothing {
    return this.isRunning ? progressTemplate("Rewriting", this.#work.progress, () => this.#work.cancel()) : nothing;
  }

  template(signals: readonly SignalDescriptor[]): TemplateResult {
    const rewriter = this.#rewriter();
    const request = this.#request();
    this.#work.want(typeof request === "string" || this.isRunning ? undefined : request);
    const form = startForm({
      scope: this.#scope.template("rewrite-scope"),
      rewriters: this.rewriters,
      rewriter,
      given: this.#holder.detail().given[rewriter?.id ?? ""] ?? {},
      signals,
      provider: this.#holder.detail().provider,
      redo: this.#holder.detail().redo,
      isRunning: this.isRunning,
      whyNotStart: this.#whyNotStart(request),
      onPreset: (preset) => this.#holder.onDetail({ preset }),
      onOption: (name, value) => this.#setOption(name, value),
      onProvider: () => void this.#chooseProvider(),
      onRedo: (redo) => this.#holder.onDetail({ redo }),
      onStart: () => typeof request === "object" && void this.#work.start(request),
    });
    return html`<div class="work-view rewrites-start">
      ${form}
      <div class="work-side rewrites-outcome">${this.#outcome()}</div>
    </div>`;
  }

  #outcome(): TemplateResult | typeof nothing {
    const { estimate, failure, isWaiting, isRunning, report } = this.#work;
    if (isRunning)
      return html`<p class="work-empty quiet" role="status">Proposals are being made; those that are done can be reviewed already</p>`;
    const done =
      report === undefined ? nothing : reportTemplate(report, () => this.#holder.onDetail({ mode: "review", filter: "passing" }));
    if (failure !== null)
      return html`${done}
        <p class="problem-line" role="status"><span class="codicon codicon-warning" aria-hidden="true"></span>${failure}</p>`;
    if (estimate !== undefined) return html`${done}${estimateTemplate(estimate)}`;
    return html`${done}${isWaiting ? html`<p class="work-empty quiet" role="status">Counting what it takes …</p>` : nothing}`;
  }

  #rewriter(): ListedRewriter | undefined {
    return this.#rewriters?.find(({ id }) => id === this.#holder.detail().preset) ?? this.#rewriters?.[0];
  }

  /** The job as it would be asked for; a sentence where it lacks something. */
  #request(): PageRewriteRequest | string | undefined {
    const rewriter = this.#rewriter();
    if (rewriter === undefined) return undefined;
    const { provider, given, redo } = this.#holder.detail();
    const options = parseOptions(rewriter.options, given[rewriter.id] ?? {});
    if (typeof options === "string") return options;
    if (rewriter.calls > 0 && provider === null) return "Choose who writes the captions";
    const source = rewriter.calls === 0 || provider === null ? ({ kind: "none" } as const) : provider.source;
    return { scope: this.#scope.scope, preset: rewriter.id, options, source, redo };
  }

  #whyNotStart(request: PageRewriteRequest | string | undefined): string | undefined {
    if (typeof request === "string") return request;
    if (request === undefined) return "Reading what there is …";
    if (this.isRunning) return "Captions are being rewritten already";
    if (this.#work.failure !== null) return "It can’t be done as it is";
    if (this.#work.estimate === undefined) return "What it takes is not known yet";
    return this.#work.estimate.captions === 0 ? "There is nothing to rewrite" : this.#holder.whyNotWrite();
  }

  async #chooseProvider(): Promise<void> {
    try {
      const provider = await this.#context.host.call("chooseProvider", null);
      if (provider !== null) this.#holder.onDetail({ provider });
    } catch (error) {
      this.#context.fail(error);
    }
  }

  #setOption(name: string, value: OptionValue | undefined): void {
    const rewriter = this.#rewriter();
    if (rewriter === undefined || (this.#holder.detail().given[rewriter.id]?.[name] ?? rewriter.options[name]?.otherwise) === value) return;
    this.#holder.onDetail({ given: withOption(this.#holder.detail().given, rewriter.id, [name, value]) });
  }

  async #load(): Promise<void> {
    try {
      this.#rewriters = await this.#context.host.call("listRewriters", {});
    } catch (error) {
      this.#context.fail(error);
    }
    this.#holder.onDraw();
    await this.#work.resume();
  }

  #onDone({ proposals, failures }: RewriteReport): void {
    const [first] = failures;
    if (first !== undefined && proposals === 0) this.#context.fail(new Error(first.reason));
    else
      this.#context.tell(
        `${formatCounted(proposals, "new proposal")}${first === undefined ? "" : `; ${formatCounted(first.count, "caption")}: ${first.reason}`}`,
      );
  }
}
