import { describe, expect, it } from "vitest";
import { createPrompt, type Prompt } from "../../../../src/core/rewriters/prompt.ts";
import type { AnswerError, Answerer } from "../../../../src/engine/rewrite/answerSource.ts";
import type { CaptionerProcess } from "../../../../src/engine/rewrite/captionerProcess.ts";
import { createLocalAnswerer } from "../../../../src/engine/rewrite/localAnswerer.ts";
import type { CaptionerModel, CaptionerQuestion } from "../../../../src/protocol/captioner.ts";
import { ClosedError, RemoteError } from "../../../../src/protocol/rpc.ts";
import { envIn } from "../store/workplace.ts";

/** What a made-up process does with a question: answers, fails, dies, or computes until it is killed. */
type Deed = string | Error | typeof dies | typeof hangs;
const dies = Symbol("dies");
const hangs = Symbol("hangs");

interface Scene {
  readonly answerer: Answerer;
  readonly processes: { isKilled: boolean }[];
  readonly questions: CaptionerQuestion[];
}

/** A captioner over made-up processes, each of which does its deeds one after the other; the first is its loading. */
function stage(deeds: readonly (readonly Deed[])[], asking: CaptionerModel["asking"] = "chat"): Scene {
  const processes: { isKilled: boolean }[] = [];
  const questions: CaptionerQuestion[] = [];
  const start = (): CaptionerProcess => {
    const own = [...(deeds[processes.length] ?? [])];
    const state = { isKilled: false };
    processes.push(state);
    let end: (how: string) => void = () => undefined;
    const ended = new Promise<string>((resolve) => (end = resolve));
    const call = async (method: string, params: unknown): Promise<unknown> => {
      if (method === "answer") questions.push(params as CaptionerQuestion);
      const deed = own.shift() ?? hangs;
      if (deed === dies) end("exit code 1");
      if (deed === dies || deed === hangs) {
        await ended;
        throw new ClosedError();
      }
      if (deed instanceof Error) throw deed;
      return { text: deed };
    };
    const kill = (): void => {
      state.isKilled = true;
      end("signal SIGKILL");
    };
    return { pid: 1, ended, kill, call: call as CaptionerProcess["call"] };
  };
  const model = { folder: "/models/tiny", asking, dtypes: {}, chatTemplate: null };
  const answerer = createLocalAnswerer(envIn("/nowhere"), { name: "tiny", author: "tiny@1", model }, start);
  return { answerer, processes, questions };
}

const plain: Prompt = { ...createPrompt("Describe it.", [], { picture: true }), describes: "detailed" };
const instructing = createPrompt("Put it right.", ['Caption: "a cat"'], { picture: true });
const picture = Uint8Array.of(1);
const open = (): AbortSignal => new AbortController().signal;
const failureOf = (promise: Promise<string>): Promise<AnswerError> =>
  promise.then(
    (text) => {
      throw new Error(`Expected a failure but received ${text}`);
    },
    (error: unknown) => error as AnswerError,
  );

describe("a captioner that is run here", () => {
  it("is loaded once and asked with instruction, data and picture", async () => {
    const { answerer, processes, questions } = stage([["loaded", "a cat", "a dog"]]);
    expect(processes).toHaveLength(0);
    expect(await answerer.answer({ prompt: instructing, picture }, open())).toBe("a cat");
    expect(await answerer.answer({ prompt: plain, picture }, open())).toBe("a dog");
    expect(processes).toHaveLength(1);
    expect(questions).toEqual([
      { text: `${instructing.instruction}\n${instructing.data}`, detail: null, picture, answerTokens: 128 },
      { text: plain.instruction, detail: "detailed", picture, answerTokens: 128 },
    ]);
    await answerer.close();
    expect(processes[0]!.isKilled).toBe(true);
  });

  it.each(["picture", "task"] as const)("is asked for descriptions alone where it takes a %s and no instructions", async (asking) => {
    const { answerer, processes } = stage([["loaded", "a cat"]], asking);
    expect(await failureOf(answerer.answer({ prompt: instructing, picture }, open()))).toMatchObject({
      failure: "refused",
      message: "The captioner tiny takes no instructions: choose the preset describePicture, or another model",
    });
    expect(processes).toHaveLength(0);
    expect(await answerer.answer({ prompt: plain, picture }, open())).toBe("a cat");
  });

  it("is started once more when it dies, and the question asked again", async () => {
    const { answerer, processes } = stage([
      ["loaded", dies],
      ["loaded", "a cat"],
    ]);
    expect(await answerer.answer({ prompt: plain, picture }, open())).toBe("a cat");
    expect([processes.length, answerer.retries()]).toEqual([2, 1]);
  });

  it("is given up, in a sentence, when it dies again, for all that wait", async () => {
    const { answerer, processes } = stage([["loaded", dies], [dies]]);
    const failures = await Promise.all([1, 2, 3].map(() => failureOf(answerer.answer({ prompt: plain, picture }, open()))));
    for (const failure of failures)
      expect(failure).toMatchObject({
        failure: "refused",
        message: "The captioner tiny died twice (exit code 1): it may take more memory than there is, or its files may be damaged",
      });
    expect(processes).toHaveLength(2);
  });

  it("is ended at once by a cancel, while it computes and while it loads", async () => {
    for (const deeds of [["loaded", hangs], [hangs]] satisfies Deed[][]) {
      const { answerer, processes } = stage([deeds]);
      const cancellation = new AbortController();
      const answer = answerer.answer({ prompt: plain, picture }, cancellation.signal);
      await expect.poll(() => processes.length).toBe(1);
      cancellation.abort(new Error("stopped"));
      await expect(answer).rejects.toThrow("stopped");
      expect(processes).toEqual([{ isKilled: true }]);
    }
  });

  it.each<[string, Deed[], string, string]>([
    ["files that can't be loaded", [new RemoteError("bad\n graph", "Error")], "refused", "The captioner tiny can't be loaded: bad graph"],
    [
      "a picture that can't be decoded",
      ["loaded", new RemoteError("The picture can't be decoded: x", "PictureError")],
      "rubbish",
      "The picture can't be decoded: x",
    ],
    [
      "a computation that fails",
      ["loaded", new RemoteError("out of range", "Error")],
      "dropped",
      "The captioner tiny gave no answer: out of range",
    ],
  ])("tells of %s", async (_, deeds, failure, message) => {
    expect(await failureOf(stage([deeds]).answerer.answer({ prompt: plain, picture }, open()))).toMatchObject({ failure, message });
  });
});
