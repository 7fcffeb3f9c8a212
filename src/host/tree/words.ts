import { findPolicy } from "../../core/prune/policies.ts";
import type { Rule } from "../../core/prune/policy.ts";

/** A name of the code as words: `brokenImage` is "Broken image". */
export function wordsFromName(name: string): string {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A rule's options in a line: `signal clipScore, min 0.2`. */
export function formatRuleOptions(rule: Rule): string {
  return Object.entries(rule)
    .filter(([name]) => name !== "policy" && name !== "off")
    .map(([name, value]) => (value === true ? name : `${name} ${String(value)}`))
    .join(", ");
}

/** What a rule's policy does, in a sentence; its name where it isn't known. */
export function aboutRule({ policy }: Rule): string {
  return findPolicy(policy)?.summary ?? `The policy ${policy} is not known to this version`;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How long ago something was: `just now`, `5 min ago`, `3 h ago`, `yesterday`, `12 days ago`, then the date. Empty for what is no time. */
export function formatAgo(iso: string, nowMs: number): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return "";
  const passed = nowMs - at;
  if (passed < minuteMs) return "just now";
  if (passed < hourMs) return `${Math.floor(passed / minuteMs)} min ago`;
  if (passed < dayMs) return `${Math.floor(passed / hourMs)} h ago`;
  if (passed < 2 * dayMs) return "yesterday";
  return passed < 30 * dayMs ? `${Math.floor(passed / dayMs)} days ago` : iso.slice(0, 10);
}

/** Text that Markdown shows as code, whatever is in it. */
export function codeSpan(text: string): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const fence = "`".repeat(longest + 1);
  const line = text.replaceAll(/\s+/g, " ");
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}

/** Text that Markdown shows as it is. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]()#+\-.!|<>~$&]/g, "\\$&");
}
