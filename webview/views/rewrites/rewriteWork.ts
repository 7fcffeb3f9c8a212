import type { PageRewriteRequest, RewriteEstimate, RewriteProgress, RewriteReport } from "../../../src/protocol/rewrites.ts";
import type { PanelContext } from "../../context.ts";
import { createSlot } from "../../slots.ts";

/** A person goes on typing before the next letter would have asked. */
const restMs = 300;

/** Who hears of the work. */
export interface RewriteWorkEvents {
  readonly onChange: () => void;
  /** Proposals may have come. */
  readonly onProposals: () => void;
  readonly onDone: (report: RewriteReport) => void;
}

/** Jobs of rewriting as the page sees them: what one would take, how the one under way goes on, and what the last one did. */
export class RewriteWork {
  readonly #context: PanelContext;
  readonly #events: RewriteWorkEvents;
  readonly #slot = createSlot();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #key = "";
  #estimate: RewriteEstimate | undefined;
  #failure: string | null = null;
  #isWaiting = false;
  #progress: RewriteProgress | null = null;
  #isRunning = false;
  #report: RewriteReport | undefined;

  constructor(context: PanelContext, events: RewriteWorkEvents) {
    this.#context = context;
    this.#events = events;
  }

  get estimate(): RewriteEstimate | undefined {
    return this.#estimate;
  }

  /** Why a job like this can't be; null where nothing failed. */
  get failure(): string | null {
    return this.#failure;
  }

  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  get progress(): RewriteProgress | null {
    return this.#progress;
  }

  get report(): RewriteReport | undefined {
    return this.#report;
  }

  /** Wants to know what a job would take as things are now; undefined where there is none. */
  want(request: PageRewriteRequest | undefined): void {
    const { state, analysed } = this.#context.snapshot().overview;
    const key = request === undefined ? "" : JSON.stringify([request, state, analysed?.generation]);
    if (key === this.#key) return;
    this.#key = key;
    clearTimeout(this.#timer);
    this.#slot.stop();
    this.#failure = null;
    this.#estimate = undefined;
    this.#isWaiting = request !== undefined;
    if (request !== undefined) this.#timer = setTimeout(() => void this.#ask(request), restMs);
  }

  /** Nothing is wanted any more; the same wish again asks anew. */
  stopAsking(): void {
    this.#key = "";
    clearTimeout(this.#timer);
    this.#slot.stop();
  }

  async start(request: PageRewriteRequest): Promise<void> {
    await this.#follow((options) => this.#context.host.call("rewrite", request, options));
  }

  /** Follows a job that another page began. */
  async resume(): Promise<void> {
    await this.#follow((options) => this.#context.host.call("followRewrite", null, options), { isNew: false });
  }

  cancel(): void {
    this.#context.host.call("cancelRewrite", null).catch((error: unknown) => this.#context.fail(error));
  }

  async #ask(request: PageRewriteRequest): Promise<void> {
    try {
      const estimate = await this.#slot.run((signal) => this.#context.host.call("estimateRewrite", request, { signal }));
      if (estimate === undefined) return;
      this.#estimate = estimate;
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
    }
    this.#isWaiting = false;
    this.#events.onChange();
  }

  async #follow(
    call: (options: { onProgress: (progress: RewriteProgress) => void }) => Promise<RewriteReport | null>,
    { isNew }: { readonly isNew: boolean } = { isNew: true },
  ): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = isNew;
    this.#report = undefined;
    this.#events.onChange();
    const onProgress = (progress: RewriteProgress): void => {
      this.#isRunning = true;
      this.#progress = progress;
      this.#events.onChange();
      this.#events.onProposals();
    };
    try {
      const report = await call({ onProgress });
      const wasRunning = this.#isRunning;
      this.#report = report ?? undefined;
      if (report !== null) this.#events.onDone(report);
      else if (wasRunning) this.#context.tell("Stopped: proposals that were made stay, and answers that were had are not asked for again");
    } catch (error) {
      this.#context.fail(error);
    }
    this.#isRunning = false;
    this.#progress = null;
    this.#key = ""; // what a job would take is something else now
    this.#events.onChange();
    this.#events.onProposals();
  }
}
