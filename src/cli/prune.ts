import type { DryRun, Judged } from "../core/prune/dryRun.ts";
import { parseRule, policies } from "../core/prune/policies.ts";
import type { Rule } from "../core/prune/policy.ts";
import { prune } from "../engine/requests/prune.ts";
import { ensureAnalysed } from "./analysed.ts";
import type { Call, Command, ExitCode, Option, Words } from "./command.ts";
import { exitCodes, hasOption, requiredOption, UsageError } from "./command.ts";
import { flagsOf, optionsFromWords } from "./optionFlags.ts";
import { runOptions } from "./run.ts";

/** Names of options that this command has beside those of the policies. */
const ownOptions = {
  policy: {
    type: "string",
    value: policies.map(({ id }) => id).join("|"),
    help: policies.map(({ id, summary }) => `${id}: ${summary}`).join("; "),
  },
  apply: { type: "boolean", help: "add the rule to the recipe and write the selection; without it this is a dry run" },
} as const satisfies Record<string, Option>;

/** How many dropped pairs a person sees; `--json` lists all. */
const shownLimit = 10;

/** `winnow prune`: what a policy would drop, or drops. The policies' own options come from their tables. */
export const pruneCommand: Command = {
  name: "prune",
  operands: "<folder>",
  summary: "try a policy on the dataset, and apply it with --apply",
  options: { ...runOptions, ...flagsOf(policies), ...ownOptions },
  run: pruneDataset,
};

async function pruneDataset(call: Call): Promise<ExitCode> {
  const rule = ruleFromWords(call.words);
  const apply = hasOption(call.words, "apply");
  const { dryRun, operation } = await prune(call.env, await ensureAnalysed(call), { rule, apply });
  if (!call.json) {
    call.print(formatPruned(rule, dryRun, { operation, apply }));
    return exitCodes.done;
  }
  const withoutActor = ({ sample, captionIndex, reason }: Judged): object => ({ sample, captionIndex, reason });
  const { kept, dropped, review, ...consequences } = dryRun;
  const unit = rule["unit"] ?? "sample";
  call.print(
    JSON.stringify({
      policy: rule.policy,
      unit,
      kept,
      dropped: dropped.map(withoutActor),
      review: review.map(withoutActor),
      operation,
      ...consequences,
    }),
  );
  return exitCodes.done;
}

function ruleFromWords(words: Words): Rule {
  const policyId = requiredOption(words, "policy");
  const rule = parseRule(policyId, optionsFromWords(words, policies, { id: policyId, noun: "policy" }));
  if (typeof rule === "string") throw new UsageError(rule);
  return rule;
}

function formatPruned(rule: Rule, dryRun: DryRun, { operation, apply }: { operation: string | null; apply: boolean }): string {
  const { kept, dropped, review, frozen } = dryRun;
  const lines = dropped
    .slice(0, shownLimit)
    .map(({ sample, captionIndex, reason }) => `  ${sample}${captionIndex === null ? "" : ` #${captionIndex}`}: ${reason}`);
  const count = (list: readonly unknown[], text: string): string[] => (list.length === 0 ? [] : [`${list.length} ${text}`]);
  return [
    `${rule.policy}: keeps ${kept.samples} samples and ${kept.captions} captions, drops ${dropped.length}, leaves ${review.length} for review`,
    ...lines,
    ...(dropped.length > shownLimit ? [`  … and ${dropped.length - shownLimit} more (--json lists all)`] : []),
    ...(frozen.samples === 0 ? [] : [`${frozen.samples} samples of the evaluation split are left as they are`]),
    ...count(dryRun.imagesWithNoCaptionLeft, "images are left without any caption"),
    ...count(dryRun.conceptsThatVanish, `concepts vanish: ${dryRun.conceptsThatVanish.map(({ name }) => name).join("; ")}`),
    ...count(dryRun.foldersThatVanish, `folders vanish: ${dryRun.foldersThatVanish.join(", ")}`),
    ...count(dryRun.captionsToMove, "captions of dropped duplicates say something else: --merge-captions moves them to the keeper"),
    operation !== null
      ? `Applied as ${operation}; "winnow undo" takes it back`
      : apply
        ? "Nothing changed: it was so already"
        : "A dry run: nothing was written; --apply does it",
  ].join("\n");
}
