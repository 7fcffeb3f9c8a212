import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Prompt } from "../../src/core/rewriters/prompt.ts";
import { AnswerError, type Answerer } from "../../src/engine/rewrite/answerSource.ts";
import { type CaptionerProcess, startCaptioner } from "../../src/engine/rewrite/captionerProcess.ts";
import { createLocalAnswerer } from "../../src/engine/rewrite/localAnswerer.ts";
import { readCaptioner } from "../../src/engine/requests/captioner.ts";
import type { RewritePage, RewriteReport } from "../../src/protocol/rewrites.ts";
import { askedText, askedTokens, expectedOf, type MadeCaptioner, madeCaptioners, makeCaptioners } from "../captioner/models.ts";
import { findPython } from "../python.ts";
import { envIn } from "../unit/engine/store/workplace.ts";
import { type Bench, checkout, createBench } from "./winnow.ts";

const python = findPython();
const families = Object.keys(madeCaptioners) as MadeCaptioner[];
const prompt: Prompt = { instruction: askedText, data: "", picture: true, answerTokens: askedTokens, temperature: 0, describes: "full" };
const open = (): AbortSignal => new AbortController().signal;

describe.skipIf(python === undefined)("captioners beside transformers (needs .venv)", () => {
  let bench: Bench;
  const folderOf = (family: MadeCaptioner): string => join(bench.folder, "models", family);
  const readPicture = (family: MadeCaptioner, name: string): Promise<Uint8Array> => readFile(join(folderOf(family), name));

  /** Does work with a captioner, and gives what came of it; `started` gets its processes. */
  async function ask<Result>(
    folder: string,
    work: (answerer: Answerer) => Promise<Result>,
    started: CaptionerProcess[] = [],
  ): Promise<Result> {
    const env = envIn(bench.folder);
    const answerer = createLocalAnswerer(env, await readCaptioner(env, folder), (own) => {
      const process = startCaptioner(own);
      started.push(process);
      return process;
    });
    try {
      return await work(answerer);
    } finally {
      await answerer.close();
    }
  }

  beforeAll(async () => {
    bench = await createBench();
    makeCaptioners(join(bench.folder, "models"));
  }, 900_000);
  afterAll(() => bench.dispose());

  it.each(families)("say of each picture what transformers says, word for word, also when they are asked at once: %s", async (family) => {
    const expected = expectedOf(folderOf(family));
    const texts = await ask(folderOf(family), (answerer) =>
      Promise.all(expected.map(async ([name]) => await answerer.answer({ prompt, picture: await readPicture(family, name) }, open()))),
    );
    expect(texts).toEqual(expected.map(([, text]) => text));
    expect(new Set(texts).size).toBe(texts.length); // else nobody had looked
  });

  it("answer texts without a picture where they chat", async () => {
    const text = await ask(folderOf("smolVlm"), (answerer) =>
      answerer.answer({ prompt: { ...prompt, picture: false }, picture: undefined }, open()),
    );
    expect(text).toBe(JSON.parse(await readFile(join(folderOf("smolVlm"), "expectedText.json"), "utf8")));
  });

  it("tell of a picture that can't be decoded, and answer the next", async () => {
    const [name, text] = expectedOf(folderOf("vitGpt2"))[0]!;
    await ask(folderOf("vitGpt2"), async (answerer) => {
      const failure: unknown = await answerer
        .answer({ prompt, picture: Buffer.from("no picture") }, open())
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(AnswerError);
      expect(failure).toMatchObject({ failure: "rubbish", message: expect.stringContaining("The picture can't be decoded: ") as unknown });
      expect(await answerer.answer({ prompt, picture: await readPicture("vitGpt2", name) }, open())).toBe(text);
    });
  });

  it("tell of a graph that can't be loaded", async () => {
    const broken = join(bench.folder, "broken");
    await cp(folderOf("vitGpt2"), broken, { recursive: true });
    await writeFile(join(broken, "onnx/encoder_model.onnx"), "no graph");
    const answer = ask(broken, async (answerer) => answerer.answer({ prompt, picture: await readPicture("vitGpt2", "0.png") }, open()));
    await expect(answer).rejects.toThrow(/^The captioner broken can't be loaded: .*encoder_model\.onnx/);
  });

  it("answer all the same when their process is killed once", async () => {
    const started: CaptionerProcess[] = [];
    const [name, text] = expectedOf(folderOf("vitGpt2"))[0]!;
    const answered = await ask(
      folderOf("vitGpt2"),
      async (answerer) => {
        const picture = await readPicture("vitGpt2", name);
        const before = await answerer.answer({ prompt, picture }, open());
        process.kill(started[0]!.pid!, "SIGKILL");
        return [before, await answerer.answer({ prompt, picture }, open()), answerer.retries()];
      },
      started,
    );
    expect(answered.slice(0, 2)).toEqual([text, text]);
    expect(started).toHaveLength(2);
  });

  it("are gone after a cancel, whatever they compute", async () => {
    const started: CaptionerProcess[] = [];
    const cancellation = new AbortController();
    const picture = await readPicture("vitGpt2", "0.png");
    await ask(
      folderOf("vitGpt2"),
      async (answerer) => {
        await answerer.answer({ prompt, picture }, open());
        const long = answerer.answer({ prompt: { ...prompt, answerTokens: 200 }, picture }, cancellation.signal);
        cancellation.abort(new Error("stopped"));
        await expect(long).rejects.toThrow("stopped");
        expect(await started[0]!.ended).toBe("signal SIGKILL");
      },
      started,
    );
    expect(started).toHaveLength(1);
  });

  it("end with the process that started them", async () => {
    const parent = spawn(process.execPath, [join(checkout, "test/captioner/parent.ts"), folderOf("vitGpt2")], {
      env: { ...process.env, WINNOW_CACHE: join(bench.folder, "cache") },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [printed] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(printed.toString());
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await expect.poll(() => isAlive(pid), { timeout: 60_000 }).toBe(false);
  });

  it("write proposals by their name, which are measured, and are asked nothing twice", async () => {
    const root = await bench.copySample();
    const call = ["rewrite", root, "--preset", "describePicture", "--captioner", folderOf("vitGpt2"), "--where", 'sample ~ "scene-000"'];
    const first = await bench.json<RewriteReport>(call);
    expect(first.asked).toBeGreaterThan(3);
    expect(first).toMatchObject({ proposals: first.captions, measured: first.captions, failures: [] });
    const { rewrites } = await bench.json<RewritePage>(["rewrites", root]);
    for (const { author } of rewrites) expect(author).toMatch(/^vitGpt2@[0-9a-f]{12}$/);
    expect(await bench.json<RewriteReport>(call)).toMatchObject({ asked: 0, cached: first.captions, proposals: 0, known: first.captions });
    expect(await bench.json(call.concat("--estimate"))).toMatchObject({ calls: 0, cached: first.captions });
  });

  it("that take no instructions are refused for a preset that gives some, before anything is asked", async () => {
    const root = await bench.copySample("instructed");
    const { code, stderr } = await bench.winnow([
      "rewrite",
      root,
      "--preset",
      "fixWrong",
      "--captioner",
      folderOf("florence2"),
      "--estimate",
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain("The captioner florence2 takes no instructions: choose the preset describePicture");
  });
});

/** Whether a process runs. One that has ended and that nobody asks after (a container may have no init) is still listed, as a zombie. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
