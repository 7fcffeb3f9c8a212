import type { AcceptRule } from "../../../src/core/rewriters/accept.ts";
import type { AcceptChoice, AcceptedRewrites, ListedRewrite, RewriteStrategy } from "../../../src/protocol/rewrites.ts";
import type { CallOptions } from "../../../src/protocol/rpc.ts";
import type { PanelContext } from "../../context.ts";
import { formatCounted } from "../../format.ts";

/** What can be taken back: an operation of the ledger, or a rejection. */
type Step = { readonly kind: "operation"; readonly operation: string } | { readonly kind: "rejection"; readonly ids: readonly string[] };

/** How far it is with writing what is accepted. */
export interface AcceptProgress {
  readonly done: number;
  readonly total: number;
}

/** What decisions are told with. */
type DecisionContext = Pick<PanelContext, "host" | "tell" | "fail" | "undo">;

/** Who hears of decisions. */
export interface DecisionEvents {
  /** All that was decided is done, or failed and was told. */
  readonly onSettled: () => void;
  readonly onChange: () => void;
}

/** A person's decisions about proposals, carried out one after the other while the person goes on. */
export class Decisions {
  readonly #context: DecisionContext;
  readonly #events: DecisionEvents;
  readonly #pending = new Set<string>();
  #steps: readonly Step[] = [];
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;
  #accepting: { readonly stop: AbortController; progress: AcceptProgress } | null = null;

  constructor(context: DecisionContext, events: DecisionEvents) {
    this.#context = context;
    this.#events = events;
  }

  /** Proposals that were decided on, but not yet done. */
  get pending(): ReadonlySet<string> {
    return this.#pending;
  }

  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** Where all that pass are being accepted; null otherwise. */
  get accepting(): AcceptProgress | null {
    return this.#accepting?.progress ?? null;
  }

  accept({ id, after }: ListedRewrite, strategy: RewriteStrategy): void {
    this.#enqueue([id], async () => {
      if ((await this.#write({ kind: "ids", ids: [id] }, strategy)).accepted > 0) this.#context.tell(`Accepted: ${after}`, { undo: true });
    });
  }

  /** Accepts all that the rule takes; `stop` ends it. */
  acceptAll(rule: AcceptRule, strategy: RewriteStrategy): void {
    const accepting = { stop: new AbortController(), progress: { done: 0, total: 0 } };
    const onProgress = (progress: AcceptProgress): void => {
      accepting.progress = progress;
      this.#events.onChange();
    };
    this.#enqueue([], async () => {
      this.#accepting = accepting;
      try {
        const { accepted, passed } = await this.#write({ kind: "rule", rule }, strategy, { signal: accepting.stop.signal, onProgress });
        const rest = passed === 0 ? "" : `; ${formatCounted(passed, "proposal")} passed over for a better one of the same caption`;
        this.#context.tell(`Accepted ${formatCounted(accepted, "proposal")}${rest}`, { undo: accepted > 0 });
      } catch (error) {
        if (!accepting.stop.signal.aborted) throw error;
        this.#context.tell("Stopped: no file was changed");
      } finally {
        this.#accepting = null;
      }
    });
  }

  /** Ends the accepting of all that pass; what it wrote is put back. */
  stop(): void {
    this.#accepting?.stop.abort(new DOMException("Stopped", "AbortError"));
  }

  /** Keeps a person's own words as a proposal in the place of another, and accepts that. */
  acceptEdited({ id, sample, captionIndex, before }: ListedRewrite, caption: string, strategy: RewriteStrategy): void {
    this.#enqueue([id], async () => {
      const proposal = { sample, captionIndex, was: { text: before }, caption, preset: "byHand" } as const;
      const { rewrite } = await this.#context.host.call("proposeCaption", proposal);
      const { accepted } = await this.#write({ kind: "ids", ids: [rewrite.id] }, strategy);
      if (accepted > 0) this.#context.tell(`Accepted: ${rewrite.after}`, { undo: true });
    });
  }

  reject({ id }: ListedRewrite): void {
    this.#enqueue([id], async () => {
      const { rejected } = await this.#context.host.call("rejectRewrites", { ids: [id] });
      if (rejected === 0) return;
      this.#steps = [...this.#steps, { kind: "rejection", ids: [id] }];
      this.#context.tell("Rejected: Ctrl+Z puts it back");
    });
  }

  reopen(ids: readonly string[]): void {
    this.#enqueue(ids, async () => {
      const { reopened } = await this.#context.host.call("reopenRewrites", { ids });
      this.#context.tell(`Put back ${formatCounted(reopened, "proposal")}`);
    });
  }

  /** Takes the last decision back; false where there is none to take back. */
  undo(): boolean {
    if (this.#steps.length === 0 && !this.isBusy) return false;
    this.#enqueue([], async () => {
      const step = this.#steps.at(-1);
      if (step === undefined) return;
      this.#steps = this.#steps.slice(0, -1);
      if (step.kind === "operation") await this.#context.undo(step.operation);
      else {
        await this.#context.host.call("reopenRewrites", { ids: step.ids });
        this.#context.tell("Undone: the proposal waits again");
      }
    });
    return true;
  }

  /** What was decided before is the page's to take back now. */
  forget(): void {
    this.#steps = [];
  }

  async #write(choice: AcceptChoice, strategy: RewriteStrategy, options: CallOptions<AcceptProgress> = {}): Promise<AcceptedRewrites> {
    const done = await this.#context.host.call("acceptRewrites", { choice, strategy }, options);
    const { operation, left } = done;
    if (operation !== null) this.#steps = [...this.#steps, { kind: "operation", operation }];
    const [first] = left;
    const others = left.length > 1 ? `, and ${formatCounted(left.length - 1, "other")}` : "";
    if (first !== undefined) this.#context.fail(new Error(`Not accepted: ${first.sample} ${first.reason}${others}`));
    return done;
  }

  #enqueue(ids: readonly string[], work: () => Promise<void>): void {
    for (const id of ids) this.#pending.add(id);
    this.#waiting += 1;
    this.#queue = this.#queue.then(async () => {
      try {
        await work();
      } catch (error) {
        this.#context.fail(error);
      }
      for (const id of ids) this.#pending.delete(id);
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#events.onSettled();
    });
    this.#events.onChange();
  }
}
