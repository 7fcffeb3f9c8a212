import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { captionerFiles, planCaptioner, type CaptionerPlan } from "../../core/captioners.ts";
import type { CaptionerReport } from "../../protocol/rewrites.ts";
import { readRevision } from "../encode/revision.ts";
import type { Env } from "../env.ts";
import type { LocalCaptioner } from "../rewrite/localAnswerer.ts";

/** A folder holds no captioner that can be run; the message is a sentence for people. */
export class CaptionerError extends Error {
  constructor(folder: string, why: string) {
    super(`${folder} can't be used as a captioner: ${why}`);
    this.name = "CaptionerError";
  }
}

/** What else is read of a captioner where it is there, beside `captionerFiles`. */
const furtherFiles = ["generation_config.json", "processor_config.json", "chat_template.jinja", "chat_template.json"];

const configShape = z.looseObject({ model_type: z.string() });
const templateShape = z.looseObject({ chat_template: z.string() });

/** A captioner that can be run, and what its folder is. */
export interface ReadCaptioner extends LocalCaptioner {
  readonly report: CaptionerReport;
}

/** Looks at a captioner's folder; nothing is loaded. Digests of large files are kept in the cache. Throws `CaptionerError`. */
export async function readCaptioner(env: Env, folder: string): Promise<ReadCaptioner> {
  const { plan, files } = await planFolder(folder);
  const name = basename(folder);
  const paths = files.map((file) => join(folder, file));
  const author = `${name}@${await readRevision(env, paths)}`;
  const takesPrompts = plan.family.asking === "chat";
  const chatTemplate = takesPrompts ? await readTemplate(folder) : null;
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
  return {
    name,
    author,
    model: {
      folder,
      asking: plan.family.asking,
      dtypes: Object.fromEntries(plan.graphs.map((graph) => [graph.name, graph.dtype])),
      chatTemplate,
    },
    report: { folder, name, author, takesPrompts, sizeBytes, problem: null },
  };
}

/** What a folder is, also where it can't be used. */
export async function describeCaptioner(env: Env, folder: string): Promise<CaptionerReport> {
  try {
    return (await readCaptioner(env, folder)).report;
  } catch (error) {
    if (!(error instanceof CaptionerError)) throw error;
    return { folder, name: basename(folder), author: null, takesPrompts: false, sizeBytes: 0, problem: error.message };
  }
}

async function planFolder(folder: string): Promise<{ readonly plan: CaptionerPlan; readonly files: readonly string[] }> {
  const there = await listFiles(folder);
  const config = configShape.safeParse(await readJson(folder, "config.json"));
  if (!config.success) throw new CaptionerError(folder, "its config.json tells no model_type");
  const plan = planCaptioner(config.data.model_type, there);
  if (typeof plan === "string") throw new CaptionerError(folder, plan);
  const further = furtherFiles.filter((file) => there.includes(file));
  return { plan, files: [...captionerFiles, ...further, ...plan.graphs.flatMap((graph) => graph.files)] };
}

async function listFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new CaptionerError(
      folder,
      error instanceof Error && "code" in error && error.code === "ENOENT" ? "there is no such folder" : String(error),
    );
  });
  const graphs = await readdir(join(folder, "onnx")).catch(() => []); // its absence is told as that of the first graph
  return [...names, ...graphs.map((name) => `onnx/${name}`)];
}

async function readJson(folder: string, file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(join(folder, file), "utf8");
  } catch {
    throw new CaptionerError(folder, `${file} is missing or can't be read`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new CaptionerError(folder, `${file} is no JSON`);
  }
}

/** The template of a chat, which lies in one of three places. */
async function readTemplate(folder: string): Promise<string> {
  for (const file of ["tokenizer_config.json", "chat_template.json"]) {
    const parsed = templateShape.safeParse(await readJson(folder, file).catch(() => undefined));
    if (parsed.success) return parsed.data.chat_template;
  }
  try {
    return await readFile(join(folder, "chat_template.jinja"), "utf8");
  } catch {
    throw new CaptionerError(folder, "it has no chat template, in tokenizer_config.json, chat_template.json or chat_template.jinja");
  }
}
