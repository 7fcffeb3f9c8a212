import { holdWords } from "../core/rewriters/holdWords.ts";
import { acceptRewrites } from "../engine/requests/acceptRewrites.ts";
import type { AnalysedDataset } from "../engine/requests/analysedDataset.ts";
import { listRewrites, rejectRewrites } from "../engine/requests/rewriteStates.ts";
import type { AcceptChoice, ListedRewrite, RewritePage, RewriteState } from "../protocol/rewrites.ts";
import type { Call, Command, ExitCode, Option, Words } from "./command.ts";
import { choiceOption, exitCodes, hasOption, numberOption, textOption, UsageError } from "./command.ts";
import { withAnalysed } from "./opened.ts";
import { acceptOptions, formatAccepted, ruleFromWords, strategyFromWords } from "./rewriteRule.ts";
import { withUsageErrors } from "./rewriteUsage.ts";
import { runOptions } from "./run.ts";

const states = ["proposed", "accepted", "rejected", "stale"] as const satisfies readonly RewriteState[];

const ownOptions = {
  state: { type: "string", value: states.join("|"), help: "list those (proposed)" },
  sample: { type: "string", value: "sample", help: "only those of one picture" },
  limit: { type: "string", value: "n", help: "list so many (20)" },
  accept: {
    type: "string",
    value: "ids",
    help: "write these into their files: ids with commas between, or rule for all that the rule takes",
  },
  reject: { type: "string", value: "ids", help: "reject these: ids with commas between" },
} as const satisfies Record<string, Option>;

/** `winnow rewrites`: lists what was proposed, and accepts or rejects it. */
export const rewritesCommand: Command = {
  name: "rewrites",
  operands: "<folder>",
  summary: "list proposed captions with what they gain, and accept or reject them",
  options: { ...runOptions, ...ownOptions, ...acceptOptions },
  run: (call) => withUsageErrors(() => withAnalysed(call, (dataset) => answer(call, dataset))),
};

async function answer(call: Call, dataset: AnalysedDataset): Promise<ExitCode> {
  const { env, words, signal } = call;
  const [accept, reject] = [textOption(words, "accept"), textOption(words, "reject")];
  if (accept !== undefined && reject !== undefined) throw new UsageError("Expected --accept or --reject but received both");
  if (accept !== undefined) {
    const accepted = await acceptRewrites(
      env,
      dataset,
      { choice: choiceOf(accept, words), strategy: strategyFromWords(words) },
      { signal },
    );
    call.print(call.json ? JSON.stringify(accepted) : formatAccepted(accepted));
    return accepted.left.length === 0 ? exitCodes.done : exitCodes.doneWithProblems;
  }
  if (hasOption(words, "add")) throw new UsageError("Expected --accept with --add");
  if (reject !== undefined) {
    const rejected = await rejectRewrites(env, dataset, idsOf(reject), signal);
    call.print(call.json ? JSON.stringify(rejected) : `${rejected.rejected} rejected`);
    return exitCodes.done;
  }
  const sample = textOption(words, "sample");
  const request = {
    state: choiceOption(words, "state", states) ?? "proposed",
    from: 0,
    limit: numberOption(words, "limit") ?? 20,
    rule: ruleFromWords(words),
  };
  const page = await listRewrites(env, dataset, sample === undefined ? request : { ...request, sample }, signal);
  call.print(call.json ? JSON.stringify(page) : formatPage(page));
  return exitCodes.done;
}

function choiceOf(accept: string, words: Words): AcceptChoice {
  return accept === "rule" ? { kind: "rule", rule: ruleFromWords(words) } : { kind: "ids", ids: idsOf(accept) };
}

function idsOf(text: string): string[] {
  return text
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
}

function formatPage({ rewrites, count, counts, acceptable }: RewritePage): string {
  return [
    states.map((state) => `${counts[state]} ${state}`).join(", "),
    ...rewrites.flatMap(formatRewrite),
    ...(count > rewrites.length ? [`… and ${count - rewrites.length} more (--limit shows more)`] : []),
    `The rule would take ${acceptable} (--accept rule)`,
  ].join("\n");
}

function formatRewrite(rewrite: ListedRewrite): string[] {
  const { id, sample, captionIndex, diff, author, preset, measure } = rewrite;
  const parts = diff.map(({ kind, text }) => (kind === "same" ? text : kind === "removed" ? `[-${text}-]` : `{+${text}+}`));
  const told = holdWords(rewrite);
  const figures =
    measure === null
      ? ""
      : `, Δ score ${signed(measure.scoreAfter - measure.scoreBefore, 4)}, rank ${known(measure.rankBefore)} → ${known(measure.rankAfter)}, ${measure.tokensAfter} of ${measure.tokenLimit} tokens`;
  return [
    `${id}  ${sample} #${captionIndex}: ${parts.join("").replaceAll("\n", "⏎")}`,
    `    ${preset} by ${author}${figures}${told.length === 0 ? "" : ` (${told.join("; ")})`}`,
  ];
}

function known(value: number): string {
  return Number.isNaN(value) ? "unknown" : String(value);
}

function signed(value: number, digits: number): string {
  return Number.isNaN(value) ? "unknown" : `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
}
