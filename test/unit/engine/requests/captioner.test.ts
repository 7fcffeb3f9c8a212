import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Env } from "../../../../src/engine/env.ts";
import { describeCaptioner, readCaptioner } from "../../../../src/engine/requests/captioner.ts";
import type { CaptionerReport } from "../../../../src/protocol/rewrites.ts";
import { createWorkplace, write } from "../store/workplace.ts";

const complete: Readonly<Record<string, string>> = {
  "config.json": '{"model_type":"smolvlm"}',
  "preprocessor_config.json": "{}",
  "tokenizer.json": "{}",
  "tokenizer_config.json": '{"chat_template":"{{ messages }}"}',
  "onnx/vision_encoder.onnx": "eyes",
  "onnx/embed_tokens_quantized.onnx": "words",
  "onnx/decoder_model_merged.onnx": "mouth",
};

interface Made {
  readonly env: Env;
  readonly folder: string;
  readonly describe: () => Promise<CaptionerReport>;
}

async function make(changes: Readonly<Record<string, string | undefined>> = {}): Promise<Made> {
  const { env, root } = await createWorkplace();
  const folder = join(root, "tiny");
  await mkdir(folder);
  for (const [path, text] of Object.entries({ ...complete, ...changes })) if (text !== undefined) await write(join(folder, path), text);
  return { env, folder, describe: () => describeCaptioner(env, folder) };
}

describe("a folder with a captioner", () => {
  it("is told by its name, with a digest of its files as author, its size, and whether it takes prompts", async () => {
    const { env, folder, describe: look } = await make();
    const report = await look();
    expect(report).toMatchObject({ folder, name: "tiny", takesPrompts: true, problem: null });
    expect(report.author).toMatch(/^tiny@[0-9a-f]{12}$/);
    expect(report.sizeBytes).toBe(Object.values(complete).join("").length);
    expect((await readCaptioner(env, folder)).model).toEqual({
      folder,
      asking: "chat",
      dtypes: { vision_encoder: "fp32", embed_tokens: "q8", decoder_model_merged: "fp32" },
      chatTemplate: "{{ messages }}",
    });
  });

  it("is another author when a graph, its weights or the tokenizer are others, and not for a file that isn't read", async () => {
    const { folder, describe: look } = await make();
    const { author } = await look();
    await writeFile(join(folder, "README.md"), "read me");
    expect((await look()).author).toBe(author);
    const authors = new Set([author]);
    for (const path of ["onnx/embed_tokens_quantized.onnx", "onnx/vision_encoder.onnx_data", "tokenizer.json"]) {
      await writeFile(join(folder, path), `{"other":"${path}"}`);
      authors.add((await look()).author);
    }
    expect(authors.size).toBe(4);
  });

  it.each<[string, Readonly<Record<string, string | undefined>>, string]>([
    ["that isn't there", {}, "there is no such folder"],
    ["without a config", { "config.json": undefined }, "config.json is missing or can't be read"],
    ["with a broken config", { "config.json": "{" }, "config.json is no JSON"],
    ["with a config of something else", { "config.json": "[]" }, "its config.json tells no model_type"],
    ["of another kind", { "config.json": '{"model_type":"clip"}' }, 'models of the type "clip" can\'t be run here'],
    ["without graphs", { "onnx/decoder_model_merged.onnx": undefined }, "onnx/decoder_model_merged.onnx is missing, in any precision"],
    ["without a tokenizer", { "tokenizer.json": undefined }, "tokenizer.json is missing"],
    ["without a chat template", { "tokenizer_config.json": "{}" }, "it has no chat template"],
  ])("%s is told what is wrong with it", async (kind, changes, problem) => {
    const { folder, describe: look } = await make(changes);
    if (kind === "that isn't there") await rm(folder, { recursive: true });
    const report = await look();
    expect(report).toMatchObject({ folder, name: "tiny", author: null });
    expect(report.problem).toContain(`${folder} can't be used as a captioner: `);
    expect(report.problem).toContain(problem);
  });

  it("finds the chat template in a file of its own", async () => {
    const { env, folder } = await make({ "tokenizer_config.json": "{}", "chat_template.jinja": "{{ jinja }}" });
    expect((await readCaptioner(env, folder)).model.chatTemplate).toBe("{{ jinja }}");
  });
});
