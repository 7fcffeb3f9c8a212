import { formatWhere, parseWhere, type Where } from "../../../src/core/where.ts";
import { boundForFilter, type Cut } from "./cut.ts";

/** What a cut drops as a filter, of the pairs that fit another filter already (text of `parseWhere`'s grammar, "" for all); "" where it drops nothing. */
export function droppedWhere(signal: string, cut: Cut, { within, sorted }: { within: string; sorted: Float32Array }): string {
  const compare = (operator: "<" | ">", bound: number | null): Where[] =>
    bound === null ? [] : [{ kind: "compare", field: signal, operator, value: boundForFilter(sorted, bound) }];
  const parts = [...compare("<", cut.min), ...compare(">", cut.max)];
  return parts.length === 0 ? "" : joined(within, parts.length === 1 ? parts[0]! : { kind: "or", parts });
}

/** The pairs of which a signal is unknown, of those that fit a filter. */
export function unknownWhere(signal: string, within: string): string {
  return joined(within, { kind: "unknown", field: signal });
}

/** The pairs of which a flag is set, or is not. */
export function flagWhere(signal: string, isSet: boolean, { within, isBoolean }: { within: string; isBoolean: boolean }): string {
  return joined(within, { kind: "compare", field: signal, operator: "=", value: isBoolean ? isSet : Number(isSet) });
}

function joined(within: string, part: Where): string {
  if (within.trim() === "") return formatWhere(part);
  const outer = parseWhere(within);
  return formatWhere({ kind: "and", parts: outer.kind === "and" ? [...outer.parts, part] : [outer, part] });
}
