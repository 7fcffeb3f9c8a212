import { type NamedEncoder, publishedCuts, whyNotFor } from "../../../src/core/presets.ts";
import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import { type Cut, cutOfShare } from "./cut.ts";

/** A cut that is offered with one click. */
export interface PresetChoice {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly cut: Cut;
}

/** What is offered for a signal, and published cuts that are not, with the reason. */
export interface Presets {
  readonly offered: readonly PresetChoice[];
  readonly withheld: readonly { readonly title: string; readonly why: string }[];
}

const shares = [
  { percent: 95, title: "Drop worst 5 %" },
  { percent: 90, title: "Drop worst 10 %" },
  { percent: 70, title: "Keep best 70 %" },
  { percent: 50, title: "Keep best 50 %" },
  { percent: 30, title: "Keep best 30 %" },
];

/** The presets for a signal: shares of the pairs in view, and published cuts where the scores are of the encoder that they were made with. */
export function presetsOf(signal: SignalDescriptor, sorted: Float32Array, encoder: NamedEncoder): Presets {
  const { direction } = signal;
  if (direction === "neither" || signal.unit === "flag" || sorted.length === 0) return { offered: [], withheld: [] };
  const better = direction === "higherIsBetter" ? "higher" : "lower";
  const offered: PresetChoice[] = shares.map(({ percent, title }) => ({
    id: `share${percent}`,
    title,
    about: `Keeps the best ${percent} % of the pairs in view by this signal, and every tie at the cut`,
    cut: cutOfShare(sorted, percent, better),
  }));
  const withheld: { title: string; why: string }[] = [];
  for (const { id, title, signal: of, keep, encoder: published, source } of publishedCuts) {
    if (of !== signal.id) continue;
    const why = whyNotFor(published, encoder);
    if (why !== undefined) withheld.push({ title, why });
    else
      offered.push({
        id,
        title,
        about: encoder.parity == null ? `${source}; this encoder is not certified against its reference` : source,
        cut: keep.kind === "atLeast" ? { min: keep.score, max: null } : cutOfShare(sorted, keep.percent, better),
      });
  }
  return { offered, withheld };
}
