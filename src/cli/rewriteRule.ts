import { defaultAcceptRule, type AcceptRule } from "../core/rewriters/accept.ts";
import type { AcceptedRewrites, RewriteStrategy } from "../protocol/rewrites.ts";
import type { Option, Words } from "./command.ts";
import { hasOption, numberOption } from "./command.ts";

/** Options of what accepts rewrites. */
export const acceptOptions = {
  delta: { type: "string", value: "number", help: "the rule takes what scores at least so much higher (0)" },
  "allow-added": { type: "boolean", help: "let the rule take captions with content words or numbers that weren't there, too" },
  add: { type: "boolean", help: "put accepted captions beside the old ones instead of in their place" },
} as const satisfies Record<string, Option>;

/** The rule that the words of a call make. */
export function ruleFromWords(words: Words): AcceptRule {
  return { delta: numberOption(words, "delta") ?? defaultAcceptRule.delta, allowAdded: hasOption(words, "allow-added") };
}

/** How accepted captions go into their files. */
export function strategyFromWords(words: Words): RewriteStrategy {
  return hasOption(words, "add") ? "add" : "replace";
}

/** What was accepted, for people. */
export function formatAccepted({ operation, accepted, passed, left }: AcceptedRewrites): string {
  return [
    operation === null
      ? "Nothing was written"
      : `${accepted} accepted as ${operation}; "winnow undo" takes it back, "winnow run" scores the new texts`,
    ...(passed === 0
      ? []
      : [`${passed} were passed over for a better one of the same caption, or because their picture has the text already`]),
    ...left.map(({ id, sample, reason }) => `  ${id} (${sample}) ${reason}`),
  ].join("\n");
}
