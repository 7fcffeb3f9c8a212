import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { relayAsks } from "../../src/host/engineAsks.ts";
import type { ComputeApi } from "../../src/protocol/computeApi.ts";
import type { AcceptedRewrites, HostPrompt, RewritePage, RewriteReport } from "../../src/protocol/rewrites.ts";
import type { StoreApi } from "../../src/protocol/storeApi.ts";
import { startFakeServer, type FakeAnswer, type FakeQuestion, type FakeServer } from "../fakeOpenAi.ts";
import { forkChild } from "./forkEngine.ts";
import type { Bench } from "./winnow.ts";
import { createBench } from "./winnow.ts";

interface Row {
  readonly sample: string;
  readonly caption: string;
  readonly captionIndex: number;
  readonly signals: Readonly<Record<string, number>>;
}

let bench: Bench;
let root: string;
beforeAll(async () => {
  bench = await createBench();
  root = await bench.copySample();
  await bench.json(["run", root]);
});
afterAll(() => bench.dispose());

async function rows(folder: string, where: string): Promise<Row[]> {
  const { stdout } = await bench.winnow(["rows", folder, "--where", where]);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);
}

/** The caption that a question is about: the last text in quotation marks. */
function captionOf(data: string): string {
  return JSON.parse((data.match(/"(?:[^"\\]|\\.)*"/g) ?? ['""']).at(-1)!) as string;
}

async function withServer<Result>(
  answer: (question: FakeQuestion) => FakeAnswer,
  work: (server: FakeServer) => Promise<Result>,
): Promise<Result> {
  const server = await startFakeServer(answer, false);
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}

const call = (folder: string, url: string, ...more: string[]): string[] => [
  ...["rewrite", folder, "--preset", "translate", "--url", url, "--model", "tiny", ...more],
];

describe("winnow rewrite", () => {
  it("measures as the analysis does: scores to the last digit, ranks exactly, before and after the run that follows", async () => {
    const where = 'folder = "garden" and clipScore > 0 and captionRank > 1';
    const [chosen] = await rows(root, where);
    const own = `sample = "${chosen!.sample}" and caption = ${JSON.stringify(chosen!.caption)}`;
    const after = "four large yellow diamonds and three pink rings";
    const report = await withServer(
      () => after,
      ({ url }) => bench.json<RewriteReport>(call(root, url, "--where", own)),
    );
    expect(report).toMatchObject({ total: 1, asked: 1, proposals: 1, measured: 1, failures: [] });
    const { rewrites } = await bench.json<RewritePage>(["rewrites", root]);
    const { id, measure } = rewrites[0]!;
    expect(measure!.scoreBefore).toBeCloseTo(chosen!.signals["clipScore"]!, 6);
    expect(measure!.rankBefore).toBe(chosen!.signals["captionRank"]);
    expect(measure!.candidates).toBe(chosen!.signals["captionRankCandidates"]);
    expect(measure!.tokensBefore).toBe(chosen!.signals["captionTokens"]);
    expect(await bench.json<AcceptedRewrites>(["rewrites", root, "--accept", id])).toMatchObject({ accepted: 1, left: [] });
    const run = await bench.json<{ stages: Record<string, { done: number }> }>(["run", root]);
    expect(run.stages["encode"]!.done).toBe(0);
    const [again] = await rows(root, `sample = "${chosen!.sample}" and caption = "${after}"`);
    expect(again!.signals["clipScore"]).toBeCloseTo(measure!.scoreAfter, 6);
    expect(again!.signals["captionRank"]).toBe(measure!.rankAfter);
    expect(again!.signals["captionRankCandidates"]).toBe(measure!.candidates);
    expect(again!.signals["captionTokens"]).toBe(measure!.tokensAfter);
    const machine = await bench.json<RewriteReport>(["rewrite", root, "--preset", "tidy", "--where", `caption = "${after}"`]);
    expect(machine).toMatchObject({ total: 1, machine: 1, captions: 0 });
  });

  it("calls nobody twice after a kill", async () => {
    const folder = root;
    const where = ["--where", 'folder = "night"'];
    await withServer(
      ({ text }) => ({ kind: "slow", ms: 40, answer: `${captionOf(text)} here` }),
      async ({ url, questions }) => {
        const { signal, cancel } = whenAsked(questions, 12);
        const killed = bench.winnow(call(folder, url, ...where), { killWhen: signal });
        expect((await killed).code).toBeNull();
        cancel();
        const before = questions.length;
        const report = await bench.json<RewriteReport>(call(folder, url, ...where));
        // What was under way when the process died may have been asked for nothing, at most as many as are asked at once.
        expect(questions.length - report.captions).toBeLessThanOrEqual(4);
        expect(before).toBeLessThan(report.captions);
        expect(report.cached).toBeGreaterThanOrEqual(before - 4);
        expect(report.asked + report.cached).toBe(report.captions);
        const rewritten = await bench.json<RewriteReport>(call(folder, url, ...where));
        expect(rewritten).toMatchObject({ asked: 0, proposals: 0 });
      },
    );
  });

  it("writes the key of its server nowhere and tells it nobody", async () => {
    const key = "sk-key-in-the-environment";
    const { answer, asked } = await withServer(
      ({ text }) => (text.includes("diamonds") ? { kind: "status", status: 401, body: `no: ${key}` } : "fine"),
      async ({ url, questions }) => ({
        answer: await bench.winnow(call(root, url, "--key-from", "TEST_KEY", "--verbose", "--where", 'caption ~ "diamonds"'), {
          variables: { TEST_KEY: key },
        }),
        asked: questions,
      }),
    );
    expect(answer.code).toBe(1);
    expect(asked[0]!.authorization).toBe(`Bearer ${key}`);
    expect(answer.stderr).toContain("answered 401: no: …");
    expect(answer.stdout + answer.stderr).not.toContain(key);
    for (const entry of await readdir(bench.folder, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) expect((await readFile(join(entry.parentPath, entry.name))).includes(key), entry.name).toBe(false);
  });
});

describe("winnow worksheet", () => {
  it("draws a form with pictures and their siblings, and takes what was written into it", async () => {
    const out = join(bench.folder, "form");
    const drawn = await bench.json<{ file: string; captions: number }>([
      "worksheet",
      root,
      "--out",
      out,
      "--count",
      "2",
      "--siblings",
      "2",
    ]);
    expect(drawn.captions).toBe(2);
    expect((await readdir(join(out, "pictures"))).sort()).toEqual([
      "001-1.jpg",
      "001-2.jpg",
      "001.jpg",
      "002-1.jpg",
      "002-2.jpg",
      "002.jpg",
    ]);
    const form = await readFile(drawn.file, "utf8");
    await writeFile(drawn.file, form.replace(/^Caption: $/m, "Caption: written by hand"));
    const taken = await bench.json<{ taken: number; operation: string }>(["worksheet", root, "--from", drawn.file]);
    expect(taken).toMatchObject({ taken: 1, left: [] });
    const [{ by } = { by: "" }] = (await bench.json<{ operation: string; by: string }[]>(["log", root])).slice(-1);
    expect(by).toBe("person");
  });
});

describe("the store's process", () => {
  it("rewrites by a model of its parent's, and has the compute process measure", async () => {
    const folder = root;
    const prompts: HostPrompt[] = [];
    const compute = forkChild<ComputeApi>("src/engine/childMain.ts", ["compute"], bench.folder);
    const asks = relayAsks(compute.peer, {
      answerPrompt: (prompt) => {
        prompts.push(prompt);
        return Promise.resolve({ text: `${captionOf(prompt.prompt.data)} again` });
      },
      countTokens: ({ texts }) => texts.map(({ length }) => length),
    });
    const store = forkChild<StoreApi>("src/engine/childMain.ts", ["store"], bench.folder, asks);
    try {
      const progress: number[] = [];
      const request = {
        ...{ root: folder, scope: { kind: "where", where: 'folder = "garden" and clipScorePercentile < 20' } as const },
        ...{ preset: "fixWrong", options: {}, source: { kind: "host", model: "editor/tiny" } as const },
      };
      const report = await store.peer.call("rewrite", request, { onProgress: ({ done }) => progress.push(done) });
      expect(report.captions).toBeGreaterThan(3);
      expect(report).toMatchObject({ asked: report.captions, proposals: report.captions, measured: report.captions, failures: [] });
      expect(progress.at(-1)).toBe(report.captions);
      expect([...prompts[0]!.picture!.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
      expect(prompts.some(({ prompt }) => /Doubtful words: \["/.test(prompt.data))).toBe(true);
      const page = await store.peer.call("listRewrites", { root: folder, from: 0, limit: 500 });
      const own = page.rewrites.filter(({ author }) => author === "editor/tiny");
      expect(own).toHaveLength(report.captions);
      const estimate = await store.peer.call("estimateRewrite", { ...request, preset: "translate" });
      expect(estimate).toMatchObject({ captions: report.captions, countedPrompts: report.captions });
      expect(own.every(({ state, measure }) => state === "proposed" && Number.isFinite(measure!.scoreAfter))).toBe(true);
    } finally {
      for (const child of [store, compute]) child.process.kill("SIGKILL");
    }
  });
});

/** A signal that fires when so many questions were asked; `cancel` stops looking. */
function whenAsked(questions: readonly unknown[], count: number): { signal: AbortSignal; cancel: () => void } {
  const reached = new AbortController();
  const timer = setInterval(() => {
    if (questions.length >= count) reached.abort();
  }, 5);
  return { signal: reached.signal, cancel: () => clearInterval(timer) };
}
