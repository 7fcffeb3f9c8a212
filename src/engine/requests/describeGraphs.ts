import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { describeGraphs } from "../../core/encoders/describe.ts";
import type { DescribedGraphs } from "../../core/encoders/describe.ts";
import type { EncoderFile } from "../../core/encoders/encoderFile.ts";
import { encoderFileName } from "../../core/encoders/encoderFile.ts";
import type { DescribedEncoder, DescribeGraphsRequest, SavedEncoder } from "../../protocol/encoders.ts";
import { EncoderError } from "../encode/encoderError.ts";
import { readAnyEncoder } from "../encode/encoderFolder.ts";
import { readGraphSignature } from "../encode/graphSignature.ts";
import { tokenizerFiles } from "../encode/tokenizer.ts";
import { parseEncoderFile } from "../encode/winnowFile.ts";
import type { Env } from "../env.ts";
import { writeAtomically } from "../store/files.ts";

/** Tells what can be read from an encoder's graphs and what has to be asked. Throws an EncoderError where a file is no graph, or an answer is not as documented. */
export async function describeEncoderGraphs(request: DescribeGraphsRequest): Promise<DescribedEncoder> {
  const { imageGraph, textGraph } = request;
  const folder = dirname(imageGraph);
  const file = withGraphs(folder, request);
  const image = readGraphSignature(imageGraph);
  const text = textGraph === undefined ? undefined : textGraph === imageGraph ? image : readGraphSignature(textGraph);
  const names = [basename(folder), basename(imageGraph), ...(textGraph === undefined ? [] : [basename(textGraph)])];
  const hasTokenizer = await holdsTokenizer(join(folder, file.text?.tokenizer ?? ""));
  const described: DescribedGraphs = describeGraphs({ image, text, said: file, names, hasTokenizer });
  return { folder, path: join(folder, encoderFileName), ...described };
}

/**
 * Writes the `winnow.json` of an encoder of which nothing is left to ask, beside its image graph, and reads the encoder by it. Throws an EncoderError where something is left
 * to ask, the encoder can't be read so (nothing stays behind then), or there is such a file: it is a person's own.
 */
export async function saveEncoderFolder(env: Env, request: DescribeGraphsRequest): Promise<SavedEncoder> {
  const { folder, path, file, questions, problems } = await describeEncoderGraphs(request);
  const [problem] = problems;
  if (problem !== undefined) throw new EncoderError(`${folder} can't be used: ${problem}`);
  const [question] = questions;
  if (question !== undefined) throw new EncoderError(`${question.ask} Say ${question.field}, then save again`);
  if (existsSync(path)) throw new EncoderError(`${path} is there already: change it by hand, or move it away and save again`);
  await writeAtomically(path, `${JSON.stringify(file, undefined, 2)}\n`);
  try {
    const { descriptor } = await readAnyEncoder(env, folder);
    return { folder, path, encoderId: descriptor.id };
  } catch (error) {
    await rm(path);
    throw error;
  }
}

function withGraphs(folder: string, { imageGraph, textGraph, said }: DescribeGraphsRequest): EncoderFile {
  const below = (graph: string): string => relative(folder, graph).split(sep).join("/");
  const file = {
    ...said,
    schema: 1,
    image: { ...said.image, graph: below(imageGraph) },
    ...(textGraph === undefined ? {} : { text: { ...said.text, graph: below(textGraph) } }),
  };
  if (textGraph !== undefined && below(textGraph).startsWith(".."))
    throw new EncoderError(`${textGraph} is not below ${folder}: put both graphs into one folder`);
  return parseEncoderFile(file, join(folder, encoderFileName));
}

async function holdsTokenizer(folder: string): Promise<boolean> {
  const names: readonly string[] = await readdir(folder).catch(() => []);
  const settings: readonly string[] = ["tokenizer_config.json", "special_tokens_map.json"];
  return tokenizerFiles.some((name) => names.includes(name) && !settings.includes(name));
}
