import { resolve } from "node:path";
import type { Certificate } from "../core/parity/certificate.ts";
import { formatCertificate, formatCosine, gradeWords } from "../core/parity/format.ts";
import { providerChoices } from "../core/providers.ts";
import { makeMaterial } from "../engine/parity/material.ts";
import { certifyEncoder } from "../engine/requests/parity.ts";
import type { ParityRequest, ParitySource } from "../protocol/parity.ts";
import type { Call, Command, ExitCode, Words } from "./command.ts";
import { choiceOption, exitCodes, hasOption, textOption, UsageError } from "./command.ts";
import { runOptions } from "./run.ts";

/** `winnow parity`: how close an encoder's vectors come to a reference's. */
export const parityCommand: Command = {
  name: "parity",
  operands: "<encoder>",
  summary: "compare an encoder's vectors with open_clip's or transformers', and keep the certificate",
  options: {
    dtype: { type: "string", value: "fp32|q8|…", help: "which of the encoder's exports (the most precise)" },
    provider: runOptions.provider,
    "shrink-on-load": {
      type: "boolean",
      help: "the encoder with large JPEGs decoded smaller, as run has it; against itself without that where no reference is named",
    },
    model: {
      type: "string",
      value: "model",
      help: "what Python loads: a transformers folder, local-dir:FOLDER or open_clip:NAME (the encoder)",
    },
    pretrained: { type: "string", value: "tag or file", help: "the weights, of an open_clip:NAME" },
    python: { type: "string", value: "interpreter", help: "a Python with torch and open_clip or transformers (python3)" },
    reference: { type: "string", value: "folder", help: "vectors that reference.py made elsewhere, in the place of a Python here" },
    against: { type: "string", value: "id or folder", help: "compare with another encoder of Winnow, such as the model's own fp32" },
    "against-dtype": { type: "string", value: "fp32", help: "which of that encoder's exports" },
    make: { type: "string", value: "folder", help: "only write the pictures and texts there, for reference.py" },
    markdown: { type: "boolean", help: "print the certificate as Markdown" },
  },
  run: comparisons,
};

async function comparisons(call: Call): Promise<ExitCode> {
  const folder = textOption(call.words, "make");
  return folder === undefined ? await compare(call) : await make(call, resolve(folder));
}

async function make(call: Call, folder: string): Promise<ExitCode> {
  const { pictures, texts } = await makeMaterial(folder, call);
  call.print(
    call.json
      ? JSON.stringify({ folder, pictures: pictures.length, texts: texts.length })
      : `${pictures.length} pictures and ${texts.length} texts are in ${folder}\nNow run reference.py ${folder} --model …, then winnow parity <encoder> --reference ${folder}`,
  );
  return exitCodes.done;
}

async function compare(call: Call): Promise<ExitCode> {
  const onProgress = ({ done, total }: { done: number; total: number }): void =>
    call.onProgress({ stage: "encode", done, cached: 0, total });
  const certificate = await certifyEncoder(call.env, requestFromWords(call.words), { signal: call.signal, onProgress });
  call.print(
    call.json ? JSON.stringify(certificate) : hasOption(call.words, "markdown") ? formatCertificate(certificate) : formatTable(certificate),
  );
  return certificate.grade === "failed" ? exitCodes.doneWithProblems : exitCodes.done;
}

function requestFromWords(words: Words): ParityRequest {
  const [encoder] = words.positionals;
  if (encoder === undefined || encoder === "") throw new UsageError("Expected the encoder's id or folder");
  const dtype = textOption(words, "dtype");
  return {
    encoder,
    ...(dtype === undefined ? {} : { dtype }),
    ...(hasOption(words, "shrink-on-load") && { shrinkOnLoad: true }),
    provider: choiceOption(words, "provider", providerChoices) ?? "auto",
    against: sourceFromWords(words, encoder),
  };
}

function sourceFromWords(words: Words, encoder: string): ParitySource {
  const reference = textOption(words, "reference");
  const against = textOption(words, "against");
  if (reference !== undefined && against !== undefined) throw new UsageError("Expected --reference or --against, not both");
  if (reference !== undefined) return { kind: "folder", folder: reference };
  const dtype = textOption(words, "against-dtype");
  if (against !== undefined) return { kind: "encoder", encoder: against, ...(dtype === undefined ? {} : { dtype }) };
  if (hasOption(words, "shrink-on-load") && ["model", "pretrained", "python"].every((name) => textOption(words, name) === undefined)) {
    const own = textOption(words, "dtype");
    return { kind: "encoder", encoder, ...(own === undefined ? {} : { dtype: own }) };
  }
  const pretrained = textOption(words, "pretrained");
  return {
    kind: "python",
    interpreter: textOption(words, "python") ?? "python3",
    model: textOption(words, "model") ?? encoder,
    ...(pretrained === undefined ? {} : { pretrained }),
  };
}

function formatTable({ encoder, provider, reference, cases, grade }: Certificate): string {
  const versions = Object.entries(reference.versions).map(([name, version]) => `${name} ${version}`);
  const width = Math.max(...cases.map(({ id }) => id.length));
  return [
    `${encoder} on ${provider}`,
    `against ${reference.name}${versions.length === 0 ? "" : ` (${versions.join(", ")})`}`,
    "",
    `  side   ${"case".padEnd(width)}  count       least        mean`,
    ...cases.map(
      ({ id, modality, count, unknown, min, mean }) =>
        `  ${modality.padEnd(5)}  ${id.padEnd(width)}  ${String(count).padStart(5)}  ${formatCosine(min).padStart(10)}  ${formatCosine(mean).padStart(10)}${unknown === 0 ? "" : `  ${unknown} without a vector`}`,
    ),
    "",
    gradeWords[grade],
  ].join("\n");
}
