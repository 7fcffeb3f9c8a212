import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encoderCommand } from "../../../../src/cli/encoder.ts";
import { createCounters } from "../../../../src/engine/env.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { readEncoder } from "../../../../src/engine/encode/encoderFolder.ts";
import { createEncoderFolderHandlers } from "../../../../src/engine/requests/encoderFolderHandlers.ts";
import { describeEncoderGraphs, saveEncoderFolder } from "../../../../src/engine/requests/describeGraphs.ts";
import { fixtureDim, letterTokenizer, patchGraph, pictureGraph, textGraph } from "../../../encoderFixture.ts";
import { onnxBytes } from "../../../onnx.ts";

let folder: string;
let env: Env;
let request: { readonly imageGraph: string; readonly textGraph: string; readonly said: object };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "winnow-describe-"));
  env = { cacheFolder: join(folder, "cache"), dataFolder: folder, now: Date.now, log: () => undefined, counters: createCounters() };
  await mkdir(join(folder, "pair/letters"), { recursive: true });
  await writeFile(join(folder, "pair/a.onnx"), onnxBytes(pictureGraph));
  await writeFile(join(folder, "pair/b.onnx"), onnxBytes(textGraph));
  await writeFile(join(folder, "pair/letters/tokenizer.json"), JSON.stringify(letterTokenizer()));
  request = { imageGraph: join(folder, "pair/a.onnx"), textGraph: join(folder, "pair/b.onnx"), said: {} };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const winnowFile = () => join(folder, "pair/winnow.json");
const complete = { family: "clip", text: { tokenizer: "letters" }, logitScale: 100 };

describe("any pair of graphs", () => {
  test("is asked for what it doesn't tell, and saved when nothing is left to ask", async () => {
    const first = await describeEncoderGraphs(request);
    expect(first.questions.map(({ field }) => field)).toEqual(["family", "text.tokenizer"]);
    await expect(saveEncoderFolder(env, request)).rejects.toThrow(/Which family is the model of\? Say family, then save again/);
    const saved = await saveEncoderFolder(env, { ...request, said: complete });
    expect(JSON.parse(await readFile(saved.path, "utf8"))).toEqual({
      schema: 1,
      family: "clip",
      image: { graph: "a.onnx", preprocessing: { size: { width: 4, height: 4 } } },
      text: { graph: "b.onnx", tokenizer: "letters" },
      logitScale: 100,
    });
    const { descriptor } = await readEncoder(env, saved.folder);
    expect(descriptor).toMatchObject({ id: saved.encoderId, family: "clip", dim: fixtureDim, logitScale: 100, contextLength: 77 });
  });

  test("never replaces a winnow.json that is there", async () => {
    await writeFile(winnowFile(), "mine");
    await expect(saveEncoderFolder(env, { ...request, said: complete })).rejects.toThrow(/is there already: change it by hand/);
    expect(await readFile(winnowFile(), "utf8")).toBe("mine");
  });

  test("leaves no file behind where the encoder can't be read by it", async () => {
    await writeFile(join(folder, "pair/letters/tokenizer.json"), "[]");
    await expect(saveEncoderFolder(env, { ...request, said: complete })).rejects.toThrow(/tokenizer in .* cannot be used/);
    await expect(readFile(winnowFile())).rejects.toThrow(/ENOENT/);
  });

  test("in two places, with an answer that is none, or no graph, is told in a sentence", async () => {
    await writeFile(join(folder, "c.onnx"), onnxBytes(textGraph));
    await expect(describeEncoderGraphs({ ...request, textGraph: join(folder, "c.onnx") })).rejects.toThrow(
      /put both graphs into one folder/,
    );
    await expect(describeEncoderGraphs({ ...request, said: { family: "clap" } })).rejects.toThrow(/is not as expected \(family/);
    await writeFile(request.imageGraph, "<html>");
    await expect(describeEncoderGraphs(request)).rejects.toThrow(/a\.onnx is not a whole ONNX graph/);
  });
});

test("one graph alone becomes a companion", async () => {
  await writeFile(request.imageGraph, onnxBytes(patchGraph));
  const saved = await saveEncoderFolder(env, { imageGraph: request.imageGraph, said: { family: "dinov2" } });
  expect(JSON.parse(await readFile(saved.path, "utf8"))).not.toHaveProperty("text");
  await expect(readEncoder(env, saved.folder)).rejects.toThrow(/sees pictures alone/);
});

test("the store's process answers both requests", async () => {
  const handlers = createEncoderFolderHandlers(env);
  const call = { signal: new AbortController().signal, onProgress: () => undefined };
  const described = await handlers.describeGraphs({ ...request, said: complete }, call);
  expect([described.questions, described.path]).toEqual([[], winnowFile()]);
  expect((await handlers.saveEncoderFolder({ ...request, said: complete }, call)).folder).toBe(join(folder, "pair"));
});

describe("winnow encoder describe", () => {
  const call = async (options: Record<string, string | boolean>, graphs: readonly string[] = [request.imageGraph, request.textGraph]) => {
    const printed: string[] = [];
    const code = await encoderCommand.run({
      env,
      words: { positionals: ["describe", ...graphs], options },
      json: false,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      print: (text) => printed.push(text),
      printPiece: () => Promise.resolve(),
      tell: (text) => printed.push(text),
    });
    return { code, text: printed.join("\n") };
  };

  test("tells what is read and what has to be said, by its options", async () => {
    const { code, text } = await call({});
    expect(code).toBe(3);
    expect(text).toMatch(/The image graph takes pixel_values; its vectors are image_embeds, 8 numbers each/);
    expect(text).toMatch(/--family {2}Which family is the model of\? One of .*clip/);
    expect(text).toMatch(/--tokenizer {2}Which folder/);
  });

  test("writes the file with --save, numbers and lists included", async () => {
    const said = { family: "clip", tokenizer: "letters", mean: "0.1,0.2,0.3", "context-length": "12", "logit-scale": "90", save: true };
    const { code, text } = await call(said);
    expect([code, text]).toEqual([0, expect.stringContaining("winnow.json is written")]);
    const { descriptor } = await readEncoder(env, join(folder, "pair"));
    expect(descriptor).toMatchObject({ contextLength: 12, logitScale: 90, image: { mean: [0.1, 0.2, 0.3] } });
  });

  test("expects a graph, and numbers where numbers belong", async () => {
    await expect(call({}, [])).rejects.toThrow(/Expected the image graph/);
    await expect(call({ mean: "a,b,c" })).rejects.toThrow(/Expected numbers with commas for --mean but received "a,b,c"/);
  });
});
