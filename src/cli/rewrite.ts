import { resolve } from "node:path";
import { rewriters } from "../core/rewriters/rewriters.ts";
import { providerChoices } from "../core/providers.ts";
import { acceptRewrites } from "../engine/requests/acceptRewrites.ts";
import type { AnalysedDataset } from "../engine/requests/analysedDataset.ts";
import { refreshState } from "../engine/requests/analysedDataset.ts";
import { estimateRewrite, rewrite } from "../engine/requests/rewrite.ts";
import type { AskedJob } from "../engine/requests/rewriteJob.ts";
import type { AcceptedRewrites, AnswerSource, RewriteEstimate, RewriteReport, RewriteScopeCounts } from "../protocol/rewrites.ts";
import type { Call, Command, ExitCode, Option, Words } from "./command.ts";
import { choiceOption, exitCodes, hasOption, numberOption, requiredOption, textOption, UsageError } from "./command.ts";
import { withAnalysed } from "./opened.ts";
import { flagsOf, optionsFromWords } from "./optionFlags.ts";
import { createLocalAsks } from "./rewriteAsks.ts";
import { acceptOptions, formatAccepted, ruleFromWords, strategyFromWords } from "./rewriteRule.ts";
import { withUsageErrors } from "./rewriteUsage.ts";
import { runOptions } from "./run.ts";

const presets = rewriters.map(({ id }) => id).join("|");
const defaultKeyName = "WINNOW_API_KEY";

const ownOptions = {
  preset: { type: "string", value: presets, help: "how captions are rewritten" },
  url: { type: "string", value: "address", help: "an OpenAI-compatible server, such as http://localhost:11434/v1" },
  model: { type: "string", value: "name", help: "the model, as the server names it" },
  captioner: {
    type: "string",
    value: "folder",
    help: "a captioner that is run here, in the place of a server: a folder as transformers.js reads it",
  },
  "key-from": { type: "string", value: "variable", help: `the environment variable that holds the server's key (${defaultKeyName})` },
  where: { type: "string", value: "filter", help: "only captions that fit, such as: clipScorePercentile < 5" },
  bucket: { type: "string", value: "id", help: "only captions of a bucket, such as lowScore" },
  estimate: { type: "boolean", help: "tell how many answers, tokens and pictures it takes; nothing is asked" },
  redo: { type: "boolean", help: "rewrite what a model or a rule wrote before, too" },
  concurrency: { type: "string", value: "n", help: "answers that are asked for at once (4)" },
  timeout: { type: "string", value: "seconds", help: "how long an answer may take (180)" },
  "picture-side": { type: "string", value: "pixels", help: "the longer side of pictures that go along (768)" },
  apply: { type: "boolean", help: "accept what the rule takes when all is measured; the rest waits (winnow rewrites)" },
} as const satisfies Record<string, Option>;

/** `winnow rewrite`: proposes captions by a model or by rules, and measures them. The presets' own options come from their tables. */
export const rewriteCommand: Command = {
  name: "rewrite",
  operands: "<folder>",
  summary: "propose better captions by your own model or by rules, each measured before it is taken",
  options: { ...runOptions, ...flagsOf(rewriters), ...ownOptions, ...acceptOptions },
  run: (call) => withUsageErrors(() => rewriteCaptions(call)),
};

async function rewriteCaptions(call: Call): Promise<ExitCode> {
  const { env, words } = call;
  const asked = askedFromWords(words);
  return await withAnalysed(call, async (dataset) => {
    if (hasOption(words, "estimate")) {
      const estimate = await estimateRewrite(env, dataset, asked, { signal: call.signal });
      call.print(call.json ? JSON.stringify(estimate) : formatEstimate(estimate));
      return exitCodes.done;
    }
    const asks = createLocalAsks(env, choiceOption(words, "provider", providerChoices) ?? "auto");
    try {
      const onProgress = ({ done, total }: { done: number; total: number }): void =>
        call.onProgress({ stage: "write", done, cached: 0, total });
      const report = await rewrite(env, dataset, asked, { asks, signal: call.signal, onProgress });
      const accepted = hasOption(words, "apply") ? await acceptByRule(call, dataset) : undefined;
      call.print(call.json ? JSON.stringify({ ...report, accepted: accepted ?? null }) : formatReport(report, accepted));
      return report.failures.length + (accepted?.left.length ?? 0) === 0 ? exitCodes.done : exitCodes.doneWithProblems;
    } finally {
      await asks.close();
    }
  });
}

async function acceptByRule({ env, words, signal }: Call, dataset: AnalysedDataset): Promise<AcceptedRewrites> {
  const request = { choice: { kind: "rule", rule: ruleFromWords(words) }, strategy: strategyFromWords(words) } as const;
  return await acceptRewrites(env, await refreshState(env, dataset), request, { signal });
}

function askedFromWords(words: Words): AskedJob {
  const preset = requiredOption(words, "preset");
  const [where, bucket] = [textOption(words, "where"), textOption(words, "bucket")];
  if (where !== undefined && bucket !== undefined) throw new UsageError("Expected --where or --bucket but received both");
  const given = optionsFromWords(words, rewriters, { id: preset, noun: "preset" });
  const [concurrency, pictureSide] = [numberOption(words, "concurrency"), numberOption(words, "picture-side")];
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency > 0))
    throw new UsageError("Expected a whole number from 1 for --concurrency");
  return {
    preset,
    options: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as AskedJob["options"],
    scope: where !== undefined ? { kind: "where", where } : bucket !== undefined ? { kind: "bucket", bucket } : { kind: "dataset" },
    source: sourceFromWords(words),
    redo: hasOption(words, "redo"),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(pictureSide === undefined ? {} : { pictureSide }),
  };
}

/** The key is read from the environment and handed on; it stands in no option, which other users of the machine could see. */
function sourceFromWords(words: Words): AnswerSource {
  const [url, model, captioner] = [textOption(words, "url"), textOption(words, "model"), textOption(words, "captioner")];
  if (captioner !== undefined) {
    if (url !== undefined || model !== undefined) throw new UsageError("Expected --captioner or a server but received both");
    return { kind: "local", folder: resolve(captioner) };
  }
  if (url === undefined && model === undefined) return { kind: "none" };
  if (url === undefined || model === undefined) throw new UsageError("Expected --url and --model together");
  const key = process.env[textOption(words, "key-from") ?? defaultKeyName] ?? "";
  const timeout = numberOption(words, "timeout");
  return { kind: "openAi", url, model, ...(key === "" ? {} : { key }), ...(timeout === undefined ? {} : { timeoutMs: timeout * 1000 }) };
}

function formatScope({ total, frozen, machine, skipped, captions }: RewriteScopeCounts): string[] {
  const count = (number: number, text: string): string[] => (number === 0 ? [] : [`${number} ${text}`]);
  return [
    `${captions} of ${total} captions`,
    ...count(frozen, "of the evaluation split are never rewritten"),
    ...count(machine, "were written by a model or a rule already (--redo rewrites them too)"),
    ...count(skipped, "have nothing for this preset"),
  ];
}

function formatEstimate(estimate: RewriteEstimate): string {
  const { calls, cached, pictures, inputTokens, outputTokens } = estimate;
  return [
    ...formatScope(estimate),
    `${calls} answers to ask for${cached === null ? "" : `, ${cached} known from before`}, with ${pictures} pictures`,
    `about ${inputTokens} tokens of text in, at most ${outputTokens} out; pictures come on top`,
  ].join("\n");
}

function formatReport(report: RewriteReport, accepted: AcceptedRewrites | undefined): string {
  const { asked, cached, retries, proposals, known, unchanged, glitches, measured, failures } = report;
  return [
    ...formatScope(report),
    `${asked} answers asked for (${retries} calls made again), ${cached} known from before`,
    `${proposals} new proposals, ${known} known, ${unchanged} say what the caption says; ${glitches} with a glitch; ${measured} measured`,
    ...failures.map(({ reason, count }) => `${count} × ${reason}`),
    accepted === undefined ? 'Nothing was changed: "winnow rewrites" lists and accepts them' : formatAccepted(accepted),
  ].join("\n");
}
