import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import { formatCount, formatValue } from "../../format.ts";
import type { CutMode } from "./cut.ts";
import type { KeptCut } from "./detail.ts";

/** The bounds that a cut of a signal has at first: at its bad end, or at both where neither is bad. */
export function modeOf({ direction }: SignalDescriptor): CutMode {
  switch (direction) {
    case "higherIsBetter":
      return "min";
    case "lowerIsBetter":
      return "max";
    case "neither":
      return "both";
  }
}

/** A bound in the fewest digits that tell it. */
export function formatBound(value: number, unit: SignalDescriptor["unit"]): string {
  if (Number.isInteger(value) && unit !== "cosine" && unit !== "probability" && unit !== "share")
    return unit === "percent" ? `${value} %` : formatCount(value);
  const text = String(Number(value.toPrecision(5)));
  return unit === "percent" ? `${text} %` : text;
}

/** A pair's own value, in as many digits as a bound has: beside a cut the fourth one counts. */
export function formatSignal(value: number | boolean | null | undefined, unit: SignalDescriptor["unit"]): string {
  return typeof value === "number" && unit !== "flag" ? formatBound(value, unit) : formatValue(value, unit);
}

/** What lies on both sides of a bound, in words. */
export function edgeTitles(
  { name, unit }: SignalDescriptor,
  bound: number,
  which: "min" | "max",
): { readonly below: string; readonly above: string } {
  if (unit === "flag") return { below: `${name}: no`, above: `${name}: yes` };
  const text = formatBound(bound, unit);
  return which === "min"
    ? { below: `Just below ${text}`, above: `From ${text} upwards` }
    : { below: `Up to ${text}`, above: `Just above ${text}` };
}

/** A bound that a person typed: nothing is no bound, and what is no number changes nothing. */
export function readBound(text: string, before: number | null): number | null {
  const trimmed = text.trim().replace(/\s*%$/, "").replace(",", ".");
  if (trimmed === "") return null;
  const bound = Number(trimmed);
  return Number.isFinite(bound) ? bound : before;
}

/** Why a cut can't be spot-checked, which is about the bad end of a signal alone; undefined where it can. */
export function whyNoSpotCheck({ name, direction }: SignalDescriptor, { min, max }: KeptCut): string | undefined {
  if (direction === "neither") return `Neither end of ${name} is better, so no cut of it can be right or wrong`;
  const [own, other] = direction === "higherIsBetter" ? [min, max] : [max, min];
  if (own === null) return `Set a cut at the ${direction === "higherIsBetter" ? "lower" : "upper"} end first`;
  return other === null ? undefined : "Only a cut at the one bad end can be checked";
}
