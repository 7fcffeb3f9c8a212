import type { CaptionerModel, CaptionerQuestion } from "../../protocol/captioner.ts";
import { ClosedError, RemoteError } from "../../protocol/rpc.ts";
import type { Env } from "../env.ts";
import { AnswerError, type Answerer, type Question } from "./answerSource.ts";
import { startCaptioner, type CaptionerProcess } from "./captionerProcess.ts";

/** A captioner that can be run: its name for people, and as the author of what it writes. */
export interface LocalCaptioner {
  readonly name: string;
  readonly author: string;
  readonly model: CaptionerModel;
}

interface Running {
  readonly process: CaptionerProcess;
  readonly loaded: Promise<unknown>;
}

/** Of a library's own words so much is told. */
const longestMessage = 200;

/**
 * Asks a captioner that is run on this machine, in a process of its own, which is started for the first question. One that dies is started once more; a cancel ends it at
 * once. Prompts for variety get the likeliest answer all the same.
 */
export function createLocalAnswerer(env: Env, captioner: LocalCaptioner, start: typeof startCaptioner = startCaptioner): Answerer {
  const { name, author, model } = captioner;
  let running: Running | undefined;
  let deaths = 0;
  let retries = 0;
  const open = (): Running => (running ??= load(start(env), captioner));
  const mourn = async (own: Running): Promise<void> => {
    if (running === own) {
      running = undefined;
      deaths += 1;
      env.log("rewrite.captioner", `The captioner ${name} died (${await own.process.ended})`);
    }
    if (deaths > 1) throw new AnswerError("refused", `The captioner ${name} died twice (${await own.process.ended}): ${afterDeath}`);
    retries += 1;
  };
  return {
    model: author,
    retries: () => retries,
    answer: async (question, signal) => {
      const asked = questionFor(question, model.asking, name);
      for (;;) {
        signal.throwIfAborted();
        const own = open();
        try {
          return await untilAborted(own, signal, async () => (await own.loaded, (await own.process.call("answer", asked)).text));
        } catch (error) {
          signal.throwIfAborted();
          if (!(error instanceof ClosedError)) throw failureOf(error, name);
          await mourn(own);
        }
      }
    },
    close: async () => {
      running?.process.kill();
      await running?.process.ended;
    },
  };
}

const afterDeath = "it may take more memory than there is, or its files may be damaged";

function load(process: CaptionerProcess, { name, model }: LocalCaptioner): Running {
  const loaded = process.call("load", model).catch((error: unknown) => {
    if (error instanceof RemoteError)
      throw new AnswerError("refused", `The captioner ${name} can't be loaded: ${shortened(error.message)}`);
    throw error;
  });
  return { process, loaded };
}

/** The runtime doesn't hear of a cancel while it computes, so the process goes. */
async function untilAborted<Result>({ process }: Running, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  const stop = (): void => process.kill();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function questionFor({ prompt, picture }: Question, asking: CaptionerModel["asking"], name: string): CaptionerQuestion {
  const { instruction, data, describes, answerTokens } = prompt;
  if (asking !== "chat" && (describes === undefined || picture === undefined)) throw new AnswerError("refused", needsPlainPreset(name));
  return { text: data === "" ? instruction : `${instruction}\n${data}`, detail: describes ?? null, picture: picture ?? null, answerTokens };
}

/** What a person is told who gives instructions to a captioner that takes none. */
export function needsPlainPreset(name: string): string {
  return `The captioner ${name} takes no instructions: choose the preset describePicture, or another model`;
}

function failureOf(error: unknown, name: string): unknown {
  if (!(error instanceof RemoteError)) return error;
  if (error.kind === "PictureError") return new AnswerError("rubbish", shortened(error.message));
  return new AnswerError("dropped", `The captioner ${name} gave no answer: ${shortened(error.message)}`);
}

function shortened(message: string): string {
  return message.replaceAll(/\s+/g, " ").slice(0, longestMessage);
}
