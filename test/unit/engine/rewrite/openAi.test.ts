import { describe, expect, it } from "vitest";
import { createPrompt } from "../../../../src/core/rewriters/prompt.ts";
import type { AnswerError, Question } from "../../../../src/engine/rewrite/answerSource.ts";
import { parseRetryAfter, pauseBefore } from "../../../../src/engine/rewrite/backOff.ts";
import { createOpenAiAnswerer, type OpenAiEndpoint } from "../../../../src/engine/rewrite/openAi.ts";
import { startFakeServer, type FakeAnswer } from "../../../fakeOpenAi.ts";
import { envIn } from "../store/workplace.ts";

const key = "sk-secret-0123456789";
const question: Question = { prompt: createPrompt("Say it otherwise.", ["Caption: a cat"]), picture: undefined };
const backOff = { attempts: 4, firstMs: 1, longestMs: 40 };

interface Asked {
  readonly answers: readonly FakeAnswer[];
  readonly changes?: Partial<OpenAiEndpoint>;
  readonly signal?: AbortSignal;
}

/** Asks a server that gives the answers in turn, the last one again and again. */
async function ask({ answers, changes = {}, signal = new AbortController().signal }: Asked) {
  const server = await startFakeServer((_, at) => answers[Math.min(at, answers.length - 1)]!);
  const log: string[] = [];
  const env = { ...envIn("/nowhere"), log: (tag: string, text: string) => void log.push(`${tag} ${text}`) };
  const answerer = createOpenAiAnswerer(env, { url: server.url, model: "tiny", key, backOff, timeoutMs: 20_000, ...changes });
  const outcome = await answerer.answer(question, signal).catch((error: unknown) => error as AnswerError);
  await answerer.close();
  return { server, log, outcome, retries: answerer.retries() };
}

describe("an OpenAI-compatible server", () => {
  it("is sent the instruction, the data and the key, and gives its answer", async () => {
    const { server, outcome } = await ask({ answers: ["a tabby"] });
    expect(outcome).toBe("a tabby");
    expect(server.questions).toEqual([
      { authorization: `Bearer ${key}`, model: "tiny", system: question.prompt.instruction, text: "Caption: a cat", picture: undefined },
    ]);
  });

  it("is sent a picture as a data URL, and no key where there is none", async () => {
    const server = await startFakeServer(() => "seen");
    const answerer = createOpenAiAnswerer(envIn("/nowhere"), { url: `${server.url}/`, model: "tiny" });
    await answerer.answer({ ...question, picture: Uint8Array.of(255, 216, 255) }, new AbortController().signal);
    expect(server.questions).toMatchObject([{ authorization: undefined, picture: "data:image/jpeg;base64,/9j/", text: "Caption: a cat" }]);
  });

  it.each<[string, FakeAnswer]>([
    ["limits the rate", { kind: "status", status: 429, retryAfter: "0" }],
    ["is overloaded", { kind: "status", status: 503 }],
    ["drops the connection", { kind: "drops" }],
    ["answers rubbish", { kind: "raw", body: "<html>sorry</html>" }],
    ["answers with no choice", { kind: "raw", body: '{"choices":[]}' }],
    ["answers without end", { kind: "raw", body: "x".repeat(2 << 20) }],
  ])("is asked again when it %s", async (_, bad) => {
    const { outcome, retries, server } = await ask({ answers: [bad, bad, "at last"] });
    expect(outcome).toBe("at last");
    expect([retries, server.questions.length]).toEqual([2, 3]);
  });

  it.each<[string, FakeAnswer, string, string]>([
    ["busy", { kind: "status", status: 429, body: "slow down" }, "busy", "answered 429: slow down"],
    ["dropping", { kind: "drops" }, "dropped", "ended the connection without an answer"],
    ["talking rubbish", { kind: "raw", body: "?" }, "rubbish", "something else than a chat completion"],
  ])("is given up when it stays %s", async (_, bad, failure, sentence) => {
    const { outcome, server } = await ask({ answers: [bad] });
    expect(outcome).toMatchObject({ name: "AnswerError", failure });
    expect((outcome as AnswerError).message).toContain(sentence);
    expect(server.questions).toHaveLength(backOff.attempts);
  });

  it("is given up when it answers too late", async () => {
    const { outcome } = await ask({ answers: [{ kind: "hangs" }], changes: { timeoutMs: 50, backOff: { ...backOff, attempts: 2 } } });
    expect(outcome).toMatchObject({ failure: "timeout" });
  });

  it("is not asked again when it refuses, and its words don't tell the key", async () => {
    const { outcome, server, log } = await ask({ answers: [{ kind: "status", status: 401, body: `Wrong key ${key}` }] });
    expect(outcome).toMatchObject({ failure: "refused" });
    expect((outcome as AnswerError).message).toMatch(/answered 401: Wrong key …$/);
    expect(server.questions).toHaveLength(1);
    expect(log.join("\n")).not.toContain(key);
  });

  it("is let alone when the work is stopped, also between two attempts", async () => {
    const cancellation = new AbortController();
    const stopped = new Error("stopped");
    setTimeout(() => cancellation.abort(stopped), 30);
    const slow = { attempts: 4, firstMs: 60_000, longestMs: 60_000 };
    const { outcome } = await ask({ answers: [{ kind: "drops" }], changes: { backOff: slow }, signal: cancellation.signal });
    expect(outcome).toBe(stopped);
  });

  it("can't be one that nobody answers at, or that is no address", async () => {
    const server = await startFakeServer(() => "");
    await server.close();
    const answerer = createOpenAiAnswerer(envIn("/nowhere"), { url: server.url, model: "tiny", backOff: { ...backOff, attempts: 1 } });
    await expect(answerer.answer(question, new AbortController().signal)).rejects.toMatchObject({ failure: "unreachable" });
    expect(() => createOpenAiAnswerer(envIn("/nowhere"), { url: "file:///etc", model: "tiny" })).toThrow(RangeError);
  });
});

describe("pauses between attempts", () => {
  const long = { attempts: 9, firstMs: 100, longestMs: 1000 };

  it("double up to the longest, with a spread", () => {
    expect([1, 2, 3, 4, 5, 6].map((next) => pauseBefore(next, long, 1))).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(pauseBefore(2, long, 0)).toBe(100);
  });

  it("are what the server asks for, but not for ever", () => {
    expect(pauseBefore(1, long, 0, 700)).toBe(700);
    expect(pauseBefore(1, long, 0, 86_400_000)).toBe(1000);
  });

  it("are read from Retry-After as seconds or a date", () => {
    const now = Date.UTC(2026, 0, 1);
    expect(parseRetryAfter("2", now)).toBe(2000);
    expect(parseRetryAfter("Thu, 01 Jan 2026 00:00:05 GMT", now)).toBe(5000);
    expect(parseRetryAfter("soon", now)).toBeUndefined();
    expect(parseRetryAfter(null, now)).toBeUndefined();
  });
});
