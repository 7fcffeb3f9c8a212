import type { Rule } from "../../../src/core/prune/policy.ts";
import { type Draft, draftsOf, type Edits, parseEdits, rulesOf, textOfRules } from "./drafts.ts";

/** What edits are kept in, and the rules that hold. */
export interface RecipeEditsParts {
  readonly holding: () => readonly Rule[];
  /** Remembers edits, so that they outlive the page; null where there are none. */
  readonly keep: (edits: Edits | null) => void;
}

const mostSteps = 100;

/** The rules as a person edits them: what holds until the first edit, then drafts, with a way back step by step. */
export class RecipeEdits {
  readonly #parts: RecipeEditsParts;
  /** Undefined where what holds is what is shown. */
  #edits: Edits | undefined;
  #before: (Edits | undefined)[] = [];

  /** `kept` is what was remembered, in whatever form. */
  constructor(parts: RecipeEditsParts, kept: unknown) {
    this.#parts = parts;
    this.#edits = parseEdits(kept);
  }

  get isEdited(): boolean {
    return this.#edits !== undefined;
  }

  /** The rules were changed by something else since the edits began. */
  get isOvertaken(): boolean {
    return this.#edits !== undefined && this.#edits.base !== textOfRules(this.#parts.holding());
  }

  get drafts(): readonly Draft[] {
    return this.#edits?.drafts ?? draftsOf(this.#parts.holding());
  }

  /** The drafts as rules; undefined where one of them is none yet. */
  get rules(): readonly Rule[] | undefined {
    const { rules } = rulesOf(this.drafts);
    return rules.length === this.drafts.length ? rules : undefined;
  }

  /** Takes other drafts. Those that say what holds already are no edits. */
  edit(drafts: readonly Draft[]): void {
    this.#remember();
    const base = this.#edits?.base ?? textOfRules(this.#parts.holding());
    this.#edits = { base, drafts };
    if (this.#saysWhatHolds()) this.#edits = undefined;
    this.#parts.keep(this.#edits ?? null);
  }

  /** Gives all edits up; that is a step that can be taken back, too. */
  revert(): void {
    this.#remember();
    this.#edits = undefined;
    this.#parts.keep(null);
  }

  /** Goes one step back; false where there is none. */
  stepBack(): boolean {
    if (this.#before.length === 0) return false;
    this.#edits = this.#before.pop();
    this.#parts.keep(this.#edits ?? null);
    return true;
  }

  /** Forgets the way back. */
  forgetSteps(): void {
    this.#before = [];
  }

  /** The rules that hold have changed: edits that say the same were applied. */
  onHolding(): void {
    if (this.#edits === undefined || !this.#saysWhatHolds()) return;
    this.#edits = undefined;
    this.#before = [];
    this.#parts.keep(null);
  }

  #remember(): void {
    this.#before = [...this.#before, this.#edits].slice(-mostSteps);
  }

  #saysWhatHolds(): boolean {
    const { rules } = this;
    return rules !== undefined && textOfRules(rules) === textOfRules(this.#parts.holding());
  }
}
