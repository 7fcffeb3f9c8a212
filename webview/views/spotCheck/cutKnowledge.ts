import { formatWhere, type Where } from "../../../src/core/where.ts";
import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import type { SpotEstimate } from "../../../src/protocol/spotCheck.ts";
import type { Field } from "../../../src/protocol/overview.ts";
import type { PanelContext } from "../../context.ts";
import { createSlot } from "../../slots.ts";
import type { KnownOfCut } from "./estimates.ts";

/** A cut of a signal; what is worse is dropped. */
export interface SignalCut {
  readonly signal: SignalDescriptor;
  readonly cut: number;
}

/** Reads what is known of a cut: the estimates by its labels, and how many pairs it drops. */
export class CutKnowledge {
  readonly #context: PanelContext;
  readonly #onChange: () => void;
  readonly #estimateSlot = createSlot();
  readonly #countSlot = createSlot();
  #wanted = "";
  #estimate: SpotEstimate | undefined;
  #dropped: number | undefined;
  #failure: string | null = null;

  constructor(context: PanelContext, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
  }

  get known(): KnownOfCut | undefined {
    return this.#estimate && { estimate: this.#estimate, dropped: this.#dropped };
  }

  /** Why it can't be known; null where nothing failed. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Wants to know of a cut as things are now; `labelsSaved` changes with every label that was saved. */
  want(wanted: SignalCut | undefined, labelsSaved: number): void {
    const { state, analysed } = this.#context.snapshot().overview;
    const key = wanted === undefined ? "" : JSON.stringify([wanted.signal.id, wanted.cut, analysed?.generation, state, labelsSaved]);
    if (key === this.#wanted) return;
    const isSameCut = key !== "" && this.#wanted !== "" && isOfSameCut(key, this.#wanted);
    this.#wanted = key;
    this.#failure = null;
    if (!isSameCut) {
      this.#estimate = undefined;
      this.#dropped = undefined;
    }
    if (wanted === undefined) return;
    const { host } = this.#context;
    const { signal, cut } = wanted;
    this.#follow(
      this.#estimateSlot.run((stop) => host.call("estimateSpotCheck", { signal: signal.id, cut }, { signal: stop })),
      (estimate) => (this.#estimate = estimate),
    );
    if (this.#dropped !== undefined) return;
    const where = whereWorse(wanted, analysed?.fields ?? []);
    this.#follow(
      this.#countSlot.run((stop) => host.call("openView", { unit: "pair", where }, { signal: stop })),
      ({ count }) => (this.#dropped = count),
    );
  }

  /** Nothing is wanted any more; the same wish again asks anew. */
  stop(): void {
    this.#wanted = "";
    this.#estimateSlot.stop();
    this.#countSlot.stop();
  }

  #follow<Answer>(asked: Promise<Answer | undefined>, take: (answer: Answer) => void): void {
    asked.then(
      (answer) => {
        if (answer === undefined) return;
        take(answer);
        this.#onChange();
      },
      // not asked again before something changes: what failed once would fail with every drawing
      (error: unknown) => {
        this.#failure = error instanceof Error ? error.message : String(error);
        this.#context.fail(error);
        this.#onChange();
      },
    );
  }
}

function isOfSameCut(key: string, other: string): boolean {
  const [left, right] = [JSON.parse(key) as unknown[], JSON.parse(other) as unknown[]];
  return left[0] === right[0] && left[1] === right[1] && left[2] === right[2];
}

/** The pairs that a cut drops, as a filter; the evaluation split is left out, as the estimates leave it out. */
export function whereWorse({ signal, cut }: SignalCut, fields: readonly Pick<Field, "name" | "type">[]): string {
  const isBoolean = fields.find(({ name }) => name === signal.id)?.type === "boolean";
  const isUpper = signal.direction === "lowerIsBetter";
  const worse: Where = isBoolean
    ? { kind: "compare", field: signal.id, operator: "=", value: isUpper }
    : { kind: "compare", field: signal.id, operator: isUpper ? ">" : "<", value: Math.fround(cut) };
  const judged: Where = { kind: "not", part: { kind: "in", field: "split", values: ["validation", "test"] } };
  return formatWhere({ kind: "and", parts: [worse, judged] });
}
