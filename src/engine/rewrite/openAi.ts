import { setTimeout as sleep } from "node:timers/promises";
import { EnvHttpProxyAgent, fetch, type Response } from "undici";
import { z } from "zod";
import { createRandom } from "../../core/random.ts";
import type { Env } from "../env.ts";
import { AnswerError, type Answerer, type Question } from "./answerSource.ts";
import { defaultBackOff, parseRetryAfter, pauseBefore, type BackOff } from "./backOff.ts";

/** An OpenAI-compatible endpoint: `url` up to and with its version (`http://localhost:11434/v1`). `seed` is for the jitter of pauses. */
export interface OpenAiEndpoint {
  readonly url: string;
  readonly model: string;
  readonly key?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly backOff?: BackOff;
  readonly seed?: number;
}

/** A model on a CPU takes its time over a picture. */
const defaultTimeoutMs = 180_000;
/** A caption is short: a longer answer is none. */
const longestAnswerBytes = 1 << 20;
/** Of a server's own words so much is told. */
const longestMessage = 200;

const answerShape = z.object({
  choices: z
    .array(z.object({ message: z.object({ content: z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))]) }) }))
    .min(1),
});

/** An answer that failed, and whether the same call may fare better later; `askedMs` is the pause that the server asks for. */
interface Trouble {
  readonly error: AnswerError;
  readonly isPassing: boolean;
  readonly askedMs?: number | undefined;
}

/**
 * Asks an OpenAI-compatible server (`/chat/completions`; vLLM, Ollama, LM Studio, llama.cpp and the like). Rate limits, busy servers, time-outs, dropped connections and
 * rubbish are tried again with growing pauses; the key goes to the server alone. Throws a `RangeError` for a URL that is none.
 */
export function createOpenAiAnswerer(env: Env, endpoint: OpenAiEndpoint): Answerer {
  const { url, model, key = "", backOff = defaultBackOff, seed = 0 } = endpoint;
  const address = addressOf(url);
  const random = createRandom(seed);
  const dispatcher = isLocal(address) ? undefined : new EnvHttpProxyAgent();
  let retries = 0;
  const post: Post = (body, signal) =>
    fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key === "" ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ model, ...body }),
      signal,
      redirect: "error", // a key must not travel on to another server
      ...(dispatcher === undefined ? {} : { dispatcher }),
    });
  return {
    model,
    retries: () => retries,
    answer: async (question, signal) => {
      for (let attempt = 1; ; attempt += 1) {
        signal.throwIfAborted();
        const outcome = await ask({ env, endpoint, address, post }, question, signal);
        if (typeof outcome === "string") return outcome;
        if (!outcome.isPassing || attempt >= backOff.attempts) throw outcome.error;
        retries += 1;
        const pauseMs = pauseBefore(attempt, backOff, random(), outcome.askedMs);
        env.log("rewrite.retry", `${outcome.error.message}; once more in ${Math.round(pauseMs)} ms`);
        await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    },
    close: async () => await dispatcher?.destroy(),
  };
}

type Post = (body: object, signal: AbortSignal) => Promise<Response>;

interface Asking {
  readonly env: Env;
  readonly endpoint: OpenAiEndpoint;
  readonly address: URL;
  readonly post: Post;
}

function addressOf(url: string): URL {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new RangeError(`Expected the address of an OpenAI-compatible server such as http://localhost:11434/v1 but received ${url}`);
  return new URL(`${url.replace(/\/+$/, "").replace(/\/chat\/completions$/, "")}/chat/completions`);
}

function isLocal({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
}

/** One call: the answer, or what went wrong with it. */
async function ask({ env, endpoint, address, post }: Asking, question: Question, signal: AbortSignal): Promise<string | Trouble> {
  const timeoutMs = endpoint.timeoutMs ?? defaultTimeoutMs;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await post(bodyOf(question), AbortSignal.any([signal, timeout]));
    const text = await readBounded(response);
    if (text === undefined) return passing("rubbish", `${address.host} answered with more than a megabyte`);
    return response.ok ? readAnswer(text, address) : troubleOf(response, hideKey(text, endpoint.key), { address, now: env.now() });
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) return passing("timeout", `${address.host} gave no answer within ${timeoutMs / 1000} s`);
    const cause = hideKey(causeOf(error), endpoint.key);
    return /ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(cause)
      ? passing("unreachable", `${address.host} can't be reached (${cause}): start the server, or correct its address`)
      : passing("dropped", `${address.host} ended the connection without an answer (${cause})`);
  }
}

function passing(failure: AnswerError["failure"], message: string): Trouble {
  return { error: new AnswerError(failure, message), isPassing: true };
}

function bodyOf({ prompt, picture }: Question): object {
  const { instruction, data, answerTokens, temperature } = prompt;
  const image = picture && {
    type: "image_url",
    image_url: { url: `data:image/jpeg;base64,${Buffer.from(picture.buffer, picture.byteOffset, picture.byteLength).toString("base64")}` },
  };
  const content = image === undefined ? data : [image, ...(data === "" ? [] : [{ type: "text", text: data }])];
  return {
    messages: [
      { role: "system", content: instruction },
      { role: "user", content },
    ],
    max_tokens: answerTokens,
    temperature,
    stream: false,
  };
}

async function readBounded(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > longestAnswerBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readAnswer(text: string, { host }: URL): string | Trouble {
  const parsed = answerShape.safeParse(parseJson(text));
  if (!parsed.success) return passing("rubbish", `${host} answered with something else than a chat completion`);
  const { content } = parsed.data.choices[0]!.message;
  return typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");
}

function troubleOf(response: Response, text: string, { address, now }: { readonly address: URL; readonly now: number }): Trouble {
  const { status } = response;
  const said = text.replaceAll(/\s+/g, " ").slice(0, longestMessage);
  const message = `${address.host} answered ${status}${said === "" ? "" : `: ${said}`}`;
  if (status === 429 || status === 408 || status >= 500)
    return {
      error: new AnswerError("busy", message),
      isPassing: true,
      askedMs: parseRetryAfter(response.headers.get("retry-after"), now),
    };
  return { error: new AnswerError("refused", message), isPassing: false };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Servers like to say again what they were sent. */
function hideKey(text: string, key: string | undefined): string {
  return key === undefined || key === "" ? text : text.replaceAll(key, "…");
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as NodeJS.ErrnoException;
  return code === undefined ? cause.message : `${code}${cause.message.includes(code) ? "" : ` ${cause.message}`}`;
}
