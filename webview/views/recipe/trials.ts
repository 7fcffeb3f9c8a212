import type { Rule } from "../../../src/core/prune/policy.ts";
import type { TriedRules } from "../../../src/protocol/recipes.ts";
import type { PanelContext } from "../../context.ts";
import { createSlot } from "../../slots.ts";
import { textOfRules } from "./drafts.ts";

/** What rules would do, read once for each state of the dataset. */
export interface Trial {
  readonly rules: readonly Rule[];
  readonly tried: TriedRules;
}

/** Edits come in rows: a key held down asks once. */
const restMs = 120;

/** Tries rules with one request in flight; the newest that is known stays until a newer one is here. */
export class Trials {
  readonly #context: PanelContext;
  readonly #onChange: () => void;
  readonly #slot = createSlot();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wanted = "";
  #known: { readonly key: string; readonly trial: Trial } | undefined;
  #failure: string | null = null;

  constructor(context: PanelContext, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
  }

  /** What is known last; `isWaiting` where it is not of the rules that were wanted last. */
  get latest(): Trial | undefined {
    return this.#known?.trial;
  }

  get isWaiting(): boolean {
    return this.#known?.key !== this.#wanted;
  }

  /** Why the rules that were wanted last could not be tried; null where nothing failed. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Wants to know what rules would do. */
  want(rules: readonly Rule[]): void {
    const { analysed, state } = this.#context.snapshot().overview;
    const key = JSON.stringify([analysed?.generation, state, textOfRules(rules)]);
    if (key === this.#wanted) return;
    this.#wanted = key;
    this.#failure = null;
    clearTimeout(this.#timer);
    if (!this.isWaiting) this.#slot.stop();
    else if (this.#known === undefined) void this.#read(rules, key);
    else this.#timer = setTimeout(() => void this.#read(rules, key), restMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#slot.stop();
    if (this.isWaiting) this.#wanted = "";
  }

  async #read(rules: readonly Rule[], key: string): Promise<void> {
    try {
      const tried = await this.#slot.run((signal) => this.#context.host.call("tryRules", { rules }, { signal }));
      if (tried === undefined || key !== this.#wanted) return;
      this.#known = { key, trial: { rules, tried } };
      this.#onChange();
    } catch (error) {
      // not tried again before something changes: what failed once would fail with every drawing
      this.#failure = error instanceof Error ? error.message : String(error);
      this.#context.fail(error);
      this.#onChange();
    }
  }
}
