import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What a fake server was asked: the key that came with it, the model, and the parts of its messages. */
export interface FakeQuestion {
  readonly authorization: string | undefined;
  readonly model: string;
  readonly system: string;
  readonly text: string;
  /** The picture as a data URL. */
  readonly picture: string | undefined;
}

/** How a fake server answers a question: with a text, or badly. `hangs` never answers. */
export type FakeAnswer =
  | string
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: string; readonly body?: string }
  | { readonly kind: "raw"; readonly body: string }
  | { readonly kind: "drops" }
  | { readonly kind: "hangs" }
  | { readonly kind: "slow"; readonly ms: number; readonly answer: string };

/** A fake OpenAI-compatible server on this machine. */
export interface FakeServer {
  readonly url: string;
  readonly questions: FakeQuestion[];
  /** The most questions that were open at once. */
  readonly mostOpen: () => number;
  close(): Promise<void>;
}

/** Starts a fake server; `answer` is given each question and its number from 0. Closed when the test ends, or by `close`. */
export async function startFakeServer(
  answer: (question: FakeQuestion, at: number) => FakeAnswer,
  closesItself = true,
): Promise<FakeServer> {
  const questions: FakeQuestion[] = [];
  let [open, most] = [0, 0];
  const server = createServer((request, response) => {
    open += 1;
    most = Math.max(most, open);
    response.on("close", () => (open -= 1));
    void readQuestion(request).then((question) => {
      questions.push(question);
      reply(response, answer(question, questions.length - 1));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  if (closesItself) onTestFinished(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, questions, mostOpen: () => most, close };
}

async function readQuestion(request: IncomingMessage): Promise<FakeQuestion> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { model, messages } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as {
    model: string;
    messages: { content: string | { type: string; text?: string; image_url?: { url: string } }[] }[];
  };
  const [system, user] = messages;
  const parts = typeof user!.content === "string" ? [{ type: "text", text: user!.content }] : user!.content;
  return {
    authorization: request.headers.authorization,
    model,
    system: typeof system!.content === "string" ? system!.content : "",
    text: parts.map((part) => part.text ?? "").join(""),
    picture: parts.flatMap((part) => ("image_url" in part && part.image_url !== undefined ? [part.image_url.url] : []))[0],
  };
}

function reply(response: ServerResponse, answer: FakeAnswer): void {
  if (typeof answer === "string") {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ choices: [{ message: { role: "assistant", content: answer } }] }));
    return;
  }
  switch (answer.kind) {
    case "status":
      response.writeHead(answer.status, answer.retryAfter === undefined ? {} : { "retry-after": answer.retryAfter });
      response.end(answer.body ?? "");
      return;
    case "raw":
      response.end(answer.body);
      return;
    case "drops":
      response.destroy();
      return;
    case "hangs":
      return;
    case "slow":
      setTimeout(() => reply(response, answer.answer), answer.ms);
  }
}
