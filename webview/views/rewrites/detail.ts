import { type AcceptRule, defaultAcceptRule } from "../../../src/core/rewriters/accept.ts";
import type { ChosenProvider } from "../../../src/protocol/panelApi.ts";
import type { KeylessSource, RewriteOrder, RewritesRequest, RewriteStrategy } from "../../../src/protocol/rewrites.ts";
import { type GivenById, parseGiven } from "../../parts/givenOptions.ts";

/** Which proposals are listed: those that the rule takes, those that wait for a person, or those of another state. */
export type ReviewFilter = "passing" | "waiting" | "accepted" | "rejected" | "stale";

/** What the view remembers. */
export interface RewritesDetail {
  readonly mode: "review" | "start";
  readonly filter: ReviewFilter;
  readonly order: RewriteOrder;
  readonly rule: AcceptRule;
  readonly strategy: RewriteStrategy;
  readonly preset: string | null;
  readonly given: GivenById;
  readonly provider: ChosenProvider | null;
  readonly redo: boolean;
}

const filters: readonly ReviewFilter[] = ["passing", "waiting", "accepted", "rejected", "stale"];
const orders: readonly RewriteOrder[] = ["made", "latest", "mostGain", "leastGain"];

/** Reads what was remembered; what has not its form is left at the beginning. */
export function parseDetail(value: unknown): RewritesDetail {
  const { mode, filter, order, rule, strategy, preset, given, provider, redo } = recordOf(value);
  const { delta, allowAdded } = recordOf(rule);
  return {
    mode: mode === "start" ? "start" : "review",
    filter: filters.find((known) => known === filter) ?? "passing",
    order: orders.find((known) => known === order) ?? "mostGain",
    rule: {
      delta: typeof delta === "number" && Number.isFinite(delta) ? delta : defaultAcceptRule.delta,
      allowAdded: typeof allowAdded === "boolean" ? allowAdded : defaultAcceptRule.allowAdded,
    },
    strategy: strategy === "add" ? "add" : "replace",
    preset: typeof preset === "string" ? preset : null,
    given: parseGiven(given),
    provider: parseProvider(provider),
    redo: redo === true,
  };
}

/** What a filter asks the engine for. */
export function requestOf({
  filter,
  order,
  rule,
}: Pick<RewritesDetail, "filter" | "order" | "rule">): Omit<RewritesRequest, "root" | "from" | "limit"> {
  if (filter === "passing" || filter === "waiting") return { state: "proposed", passing: filter === "passing", order, rule };
  return { state: filter, order, rule };
}

/** The host knows what it gave; the page only hands it back. */
function parseProvider(value: unknown): ChosenProvider | null {
  const { source, label } = recordOf(value);
  return typeof label === "string" && typeof recordOf(source)["kind"] === "string" ? { label, source: source as KeylessSource } : null;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
