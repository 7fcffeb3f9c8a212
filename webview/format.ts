import type { SignalDescriptor } from "../src/core/signals/signal.ts";

const counts = new Intl.NumberFormat("en");

/** A whole number with its thousands set apart. */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** A count with its noun: "1 pair", "2,000 pairs". */
export function formatCounted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A signal's value as it is shown; a dash where it is unknown. */
export function formatValue(value: number | boolean | null | undefined, unit?: SignalDescriptor["unit"]): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  switch (unit) {
    case "rank":
    case "count":
    case "tokens":
      return formatCount(value);
    case "percent":
      return `${value.toFixed(value < 10 ? 1 : 0)} %`;
    case "flag":
      return value === 0 ? "no" : "yes";
    case "cosine":
    case "share":
    case "probability":
    case undefined:
      return Number.isInteger(value) && Math.abs(value) >= 10 ? formatCount(value) : value.toFixed(3);
  }
}

/** The text with its first letter in upper case. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
