import { clearCaches } from "../engine/requests/clearCaches.ts";
import { readAs, trainerOptions } from "../engine/requests/readAs.ts";
import { trainers } from "../core/trainers/trainers.ts";
import type { TrainerReading } from "../protocol/trainers.ts";
import type { Call, Command, ExitCode, Option } from "./command.ts";
import { choiceOption, exitCodes, folderOperand, hasOption, textOption, UsageError } from "./command.ts";

const ids = trainers.map(({ id }) => id);

/** `winnow read-as`: what a trainer would read from a folder, without training anything. */
export const readAsCommand: Command = {
  name: "read-as",
  operands: "<folder>",
  summary: "tell what a trainer would read from the folder as it lies there: pairs, steps, what is left out, stale caches",
  options: {
    trainer: { type: "string", value: ids.join("|"), help: trainers.map(({ id, name }) => `${id}: ${name}`).join("; ") },
    option: { type: "string", multiple: true, value: "name=value", help: `a setting of the trainer: ${describeOptions()}` },
    encoder: { type: "string", value: "id|folder", help: "count tokens by this encoder's tokenizer" },
    pairs: { type: "boolean", help: "print every pair as the trainer reads it, as JSON Lines" },
    "clear-caches": {
      type: "boolean",
      help: "move caches that no longer fit their captions or pictures to the trash; winnow undo brings them back",
    },
    "clear-all-caches": { type: "boolean", help: "move all caches to the trash" },
  } satisfies Record<string, Option>,
  run: readFolder,
};

function describeOptions(): string {
  return trainers.map((trainer) => `${trainer.id} has ${Object.keys(trainerOptions(trainer)).join(", ")}`).join("; ");
}

async function readFolder(call: Call): Promise<ExitCode> {
  const root = folderOperand(call.words);
  const all = hasOption(call.words, "clear-all-caches");
  if (all || hasOption(call.words, "clear-caches")) return await clearAndTell(call, root, all);
  const trainer = choiceOption(call.words, "trainer", ids);
  if (trainer === undefined) throw new UsageError(`Expected --trainer, one of ${ids.join(", ")}`);
  const printsPairs = hasOption(call.words, "pairs");
  const encoder = textOption(call.words, "encoder");
  const request = { root, trainer, options: optionsFromWords(call), pairs: 0, ...(encoder === undefined ? {} : { encoder }) };
  const reading = await readAs(call.env, request, {
    signal: call.signal,
    onProgress: ({ done, total }) => call.onProgress({ stage: "discover", done, cached: 0, total }),
    ...(printsPairs ? { onPair: (pair) => call.printPiece(JSON.stringify(pair)) } : {}),
  }).catch((error: unknown) => {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  });
  const { dryRun, caches } = reading;
  if (!printsPairs) call.print(call.json ? JSON.stringify({ ...dryRun, caches }) : formatReading(reading));
  return dryRun.findings.some(({ severity }) => severity !== "note") ? exitCodes.doneWithProblems : exitCodes.done;
}

/** `name=value` pairs; numbers and flags are made of the texts where the trainer's table says so. */
function optionsFromWords({ words }: Call): Record<string, string> {
  const given = words.options["option"];
  const texts = Array.isArray(given) ? given.map(String) : [];
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at <= 0) throw new UsageError(`Expected name=value for --option but received "${text}"`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

async function clearAndTell(call: Call, root: string, all: boolean): Promise<ExitCode> {
  const cleared = await clearCaches(
    call.env,
    { root, all },
    {
      signal: call.signal,
      onProgress: ({ done, total }) => call.onProgress({ stage: "write", done, cached: 0, total }),
    },
  );
  const { files, sizeBytes, operation } = cleared;
  const told =
    operation === null
      ? `There are no ${all ? "" : "stale "}caches of trainers`
      : `${count(files)} caches (${count(sizeBytes)} bytes) moved to the trash as ${operation}; "winnow undo" brings them back`;
  call.print(call.json ? JSON.stringify(cleared) : told);
  return exitCodes.done;
}

/** Sets, sizes and caches that a person sees; `--json` lists all. */
const shownLimit = 10;

function formatReading({ dryRun, caches }: TrainerReading): string {
  const { trainer, source, images, captions, withoutText, shown, sets, steps, stops } = dryRun;
  const stale = caches.filter((cache) => cache.stale !== null);
  return [
    `${trainer} (rules of ${source})`,
    ...(stops === null ? [] : [`  It would end with an error: ${stops}`]),
    `  ${count(images)} pictures with ${count(captions)} captions, ${count(withoutText)} of them without text; ${count(shown)} shown an epoch`,
    ...(steps === null ? [] : [`  ${count(steps.perEpoch)} steps an epoch, ${count(steps.total)} in all`]),
    ...limited(sets, ({ name, images: own, repeats }) => `  ${name === "" ? "(top)" : name}: ${count(own)} pictures × ${repeats}`),
    ...formatSizes(dryRun),
    ...formatTexts(dryRun),
    ...dryRun.findings.flatMap(({ severity, title, count: times, examples }) => [
      `  ${severity}: ${title} (${count(times)})`,
      ...examples.map(({ message }) => `    ${message}`),
    ]),
    ...(caches.length === 0
      ? []
      : [`  ${count(caches.length)} caches of trainers, ${count(stale.length)} of them stale (--clear-caches moves those to the trash)`]),
    ...limited(stale, ({ path, stale: why }) => `    ${path}: ${why ?? ""}`),
  ].join("\n");
}

function formatSizes({ sizes }: TrainerReading["dryRun"]): string[] {
  if (sizes === null) return [];
  const upscaled = sizes.reduce((sum, size) => sum + size.upscaled, 0);
  return [
    `  ${count(sizes.length)} sizes of training, ${count(upscaled)} pictures enlarged`,
    ...limited(sizes, (size) => `    ${size.width} × ${size.height}: ${count(size.images)} pictures, ${count(size.upscaled)} enlarged`),
  ];
}

function formatTexts({ trigger, tooLong }: TrainerReading["dryRun"]): string[] {
  const held = trigger === null ? [] : [`  ${count(trigger.with)} captions hold "${trigger.word}", ${count(trigger.without)} don't`];
  if (tooLong === null) return held;
  const over =
    tooLong.over === null
      ? `  ${tooLong.limit} tokens are read; name an --encoder to count who has more`
      : `  ${count(tooLong.over)} captions have more than the ${tooLong.limit} tokens that are read, counted by ${tooLong.countedBy ?? ""}`;
  return [...held, over];
}

function limited<Item>(items: readonly Item[], format: (item: Item) => string): string[] {
  const more = items.length - shownLimit;
  return [...items.slice(0, shownLimit).map(format), ...(more > 0 ? [`    … and ${count(more)} more (--json lists all)`] : [])];
}

function count(number: number): string {
  return number.toLocaleString("en");
}
