import { readFile } from "node:fs/promises";
import type { Rule } from "../core/prune/policy.ts";
import { parseRecipe } from "../core/recipe.ts";
import { applyRules, tryRules } from "../engine/requests/tryRules.ts";
import type { RuleEffect, TriedRules } from "../protocol/recipes.ts";
import type { Call, Command, ExitCode, Words } from "./command.ts";
import { exitCodes, hasOption, textOption, UsageError } from "./command.ts";
import { withAnalysed } from "./opened.ts";
import { runOptions } from "./run.ts";

/** `winnow recipe`: the rules in order, each with what it drops, and changes of the list. */
export const recipeCommand: Command = {
  name: "recipe",
  operands: "<folder>",
  summary: "list the recipe's rules with what each drops; change their list, and apply it with --apply",
  options: {
    ...runOptions,
    from: { type: "string", value: "recipe.json", help: "take the rules of another recipe" },
    off: { type: "string", value: "n,…", help: "keep these rules (by their numbers in the list, from 1) but don't apply them" },
    on: { type: "string", value: "n,…", help: "apply these rules again" },
    remove: { type: "string", value: "n,…", help: "take these rules out" },
    move: { type: "string", value: "n:m", help: "put rule n in place m" },
    apply: { type: "boolean", help: "write the list and the selection; without it this is a dry run" },
  },
  run: showRecipe,
};

async function showRecipe(call: Call): Promise<ExitCode> {
  return await withAnalysed(call, async (dataset, root) => {
    const from = textOption(call.words, "from");
    const rules = changeRules(from === undefined ? dataset.state.recipe.rules : await readRules(from), call.words);
    const tried = hasOption(call.words, "apply")
      ? await applyRules(call.env, dataset, { root, rules }, call)
      : await tryRules(call.env, dataset, { rules }, call);
    call.print(call.json ? JSON.stringify({ rules, ...tried }) : formatTried(rules, tried, hasOption(call.words, "apply")));
    return exitCodes.done;
  });
}

async function readRules(path: string): Promise<readonly Rule[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new Error(`${path} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const parsed = parseRecipe(text);
  if (parsed.kind !== "recipe") throw new Error(`${path}: ${parsed.message}`);
  return parsed.recipe.rules;
}

/** The rules with the changes of a call: switched, then taken out, then one moved; all numbers are those of the list as it was. */
function changeRules(rules: readonly Rule[], words: Words): Rule[] {
  const [off, on, removed] = [numbersOption(words, "off", rules), numbersOption(words, "on", rules), numbersOption(words, "remove", rules)];
  const switched = rules.map((rule, at): Rule => {
    if (off.has(at)) return { ...rule, off: true };
    return on.has(at) ? withoutOff(rule) : rule;
  });
  const move = textOption(words, "move");
  const order = [...rules.keys()];
  if (move !== undefined) {
    const [, from = "", to = ""] = /^(\d+):(\d+)$/.exec(move) ?? [];
    const [source, target] = [Number(from) - 1, Number(to) - 1];
    if (rules[source] === undefined || rules[target] === undefined)
      throw new UsageError(`Expected two numbers from 1 to ${rules.length}, such as 2:1, for --move but received "${move}"`);
    order.splice(target, 0, ...order.splice(source, 1));
  }
  return order.filter((at) => !removed.has(at)).map((at) => switched[at]!);
}

function withoutOff(rule: Rule): Rule {
  return { policy: rule.policy, ...Object.fromEntries(Object.entries(rule).filter(([name]) => name !== "off")) };
}

/** Places in a list, from 0, that an option names by numbers from 1. */
function numbersOption(words: Words, name: string, rules: readonly Rule[]): ReadonlySet<number> {
  const text = textOption(words, name);
  if (text === undefined) return new Set();
  const places = text.split(",").map((number) => Number(number) - 1);
  if (places.some((place) => rules[place] === undefined))
    throw new UsageError(`Expected numbers from 1 to ${rules.length}, with commas between, for --${name} but received "${text}"`);
  return new Set(places);
}

function formatTried(rules: readonly Rule[], tried: TriedRules, applied: boolean): string {
  const lines = rules.map(
    (rule, at) => `${String(at + 1).padStart(3)}  ${formatRule(rule)}\n     ${formatEffect(rule, tried.effects[at]!)}`,
  );
  const { kept, dropped, review, frozen } = tried;
  const rest = (count: number, text: string): string[] => (count === 0 ? [] : [`${count} ${text}`]);
  return [
    ...(lines.length === 0 ? ["The recipe has no rules: winnow prune --apply adds one"] : lines),
    `keeps ${kept.samples} samples and ${kept.captions} captions, drops ${dropped.samples} and ${dropped.captions}, leaves ${review.samples} and ${review.captions} for review`,
    ...rest(frozen.samples, "samples of the evaluation split are left as they are"),
    ...rest(tried.imagesWithNoCaptionLeft, "images are left without any caption"),
    ...rest(tried.conceptsThatVanish.length, `concepts vanish: ${tried.conceptsThatVanish.join("; ")}`),
    ...rest(tried.foldersThatVanish.length, `folders vanish: ${tried.foldersThatVanish.join(", ")}`),
    tried.operation !== null
      ? `Applied as ${tried.operation}; "winnow undo" takes it back`
      : applied
        ? "Nothing changed: it was so already"
        : "A dry run: nothing was written; --apply does it",
  ].join("\n");
}

function formatRule({ policy, off, ...options }: Rule): string {
  const told = Object.entries(options).map(([name, value]) => `${name} ${value}`);
  return `${policy}${told.length === 0 ? "" : `: ${told.join(", ")}`}${off === true ? " (off)" : ""}`;
}

function formatEffect(rule: Rule, { dropped, droppedSamples, review, message }: RuleEffect): string {
  if (message !== null) return `left out: ${message}`;
  if (rule["off"] === true) return "does nothing";
  return `drops ${dropped} captions, ${droppedSamples} samples with their last${review === 0 ? "" : `; ${review} captions for review`}`;
}
