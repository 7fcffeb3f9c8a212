import { textOption } from "../../../src/core/prune/options.ts";
import { findPolicy, openRule } from "../../../src/core/prune/policies.ts";
import type { Rule } from "../../../src/core/prune/policy.ts";
import { capitalised } from "../../format.ts";

/** A rule in one sentence; `nameOf` gives the name of a signal by its id. A policy that has no words here yet is told by its own summary. */
export function describeRule(rule: Rule, nameOf: (signal: string) => string): string {
  const { policy, options } = openRule(rule);
  const text = (name: string): string | undefined => textOption(options, name);
  const signal = nameOf(text("signal") ?? "");
  const isOfSamples = text("unit") === "sample";
  const things = isOfSamples ? "pictures" : "pairs";
  const by = isOfSamples && text("aggregate") !== undefined ? `${signal} (${aggregates[text("aggregate")!] ?? ""} their captions)` : signal;
  switch (policy.id) {
    case "threshold": {
      const bounds = [text("min") && `at least ${text("min")!}`, text("max") && `at most ${text("max")!}`].filter(Boolean);
      return `Keep ${things} whose ${by} is ${bounds.join(" and ")}`;
    }
    case "keepTop": {
      const keep = text("keep") ?? "";
      const best = keep.endsWith("%") ? `${keep.slice(0, -1).trim()} % of ${things}` : `${keep} ${things}`;
      return `Keep the best ${best} by ${by}${text("per") === undefined ? "" : `, in each ${text("per")!}`}`;
    }
    case "deduplicate": {
      const best = text("best");
      const keeper = best === undefined ? "the first" : `the best by ${nameOf(best)}`;
      const merged = options["mergeCaptions"] === true ? "; it takes over the captions that it lacks" : "";
      return `Keep ${keeper} of each group of ${duplicates[text("of") ?? ""] ?? "duplicates"}${merged}`;
    }
    case "unreadable":
      return "Drop pictures that can’t be decoded";
    default: {
      const given = Object.entries(options).map(([name, value]) => `${name} ${value}`);
      return `${capitalised(policy.summary)}${given.length === 0 ? "" : ` (${given.join(", ")})`}`;
    }
  }
}

/** What a policy does, as a title. */
export function describePolicy(id: string): string {
  return capitalised(findPolicy(id)?.summary ?? id);
}

const aggregates: Readonly<Record<string, string>> = { mean: "the mean of", max: "the greatest of", min: "the least of" };

const duplicates: Readonly<Record<string, string>> = {
  duplicate: "files with the same bytes",
  pixelDuplicate: "pictures with the same pixels",
  nearDuplicate: "near-duplicates",
};
