import { type CancellationToken, CancellationTokenSource, type MessageConnection, ProgressType, ResponseError } from "vscode-jsonrpc";

/** One request of a border: what it is asked, what it answers, and what it tells while it works. */
export interface Call {
  readonly params: unknown;
  readonly result: unknown;
  readonly progress?: unknown;
}

/** The requests of one side of a border by name. F-bounded: an index signature would let any name through. */
export type Contract<Api> = { readonly [Method in keyof Api]: Call };

/** How a handler is stopped, and what it reports to. */
export interface Watching<Progress> {
  readonly signal: AbortSignal;
  readonly onProgress: (value: Progress) => void;
}

/** What answers the requests of a contract. */
export type Handlers<Api extends Contract<Api>> = {
  readonly [Method in keyof Api]: (
    params: Api[Method]["params"],
    watching: Watching<Api[Method]["progress"]>,
  ) => Promise<Api[Method]["result"]> | Api[Method]["result"];
};

/** How a call is stopped and followed by the one who makes it. */
export interface CallOptions<Progress> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((value: Progress) => void) | undefined;
}

/** The other side of a border. */
export interface Peer<Api extends Contract<Api>> {
  /** Rejects with `RemoteError`, with the signal's reason when it was stopped, and with `ClosedError` when the other side goes. */
  call<Method extends keyof Api & string>(
    method: Method,
    params: Api[Method]["params"],
    options?: CallOptions<Api[Method]["progress"]>,
  ): Promise<Api[Method]["result"]>;
  /** Number of calls that wait for an answer. */
  readonly pending: number;
  dispose(): void;
}

/** The other side is gone: it was closed, killed, or never there. */
export class ClosedError extends Error {
  constructor(message = "The other side of the connection is gone") {
    super(message);
    this.name = "ClosedError";
  }
}

/** A request failed on the other side. `kind` is the name of the error's class there; `detail` its stack, for the log alone. */
export class RemoteError extends Error {
  readonly kind: string;
  readonly detail: string | undefined;

  constructor(message: string, kind: string, detail?: string) {
    super(message);
    this.name = "RemoteError";
    this.kind = kind;
    this.detail = detail;
  }
}

interface Wrapped {
  readonly params: unknown;
  readonly progress?: number;
}

interface ErrorData {
  readonly kind: string;
  readonly detail?: string;
}

const failedCode = -32000;

/**
 * Joins two sides over a connection: serves `handlers` and gives a peer to call. A handler that throws rejects the call with its message; a
 * connection that closes rejects everything that waits and stops every handler that works. Only own names of `handlers` are served.
 */
export function connect<Local extends Contract<Local>, Remote extends Contract<Remote>>(
  connection: MessageConnection,
  handlers: Handlers<Local>,
): Peer<Remote> {
  const working = new Set<AbortController>();
  for (const method of Object.keys(handlers) as (keyof Local & string)[]) serve(connection, method, { handler: handlers[method], working });
  const waiting = new Set<(error: Error) => void>();
  let closed = false;
  let nextToken = 1;
  const close = (): void => {
    if (closed) return;
    closed = true;
    for (const reject of waiting) reject(new ClosedError());
    waiting.clear();
    for (const cancellation of working) cancellation.abort(new ClosedError());
    connection.dispose();
  };
  connection.onClose(close);
  connection.onError(() => undefined); // a message that can't be written is followed by the close
  connection.listen();
  return {
    call: async (method, params, { signal, onProgress } = {}) => {
      signal?.throwIfAborted();
      if (closed) throw new ClosedError();
      const cancellation = new CancellationTokenSource();
      const token = nextToken++;
      const listening = onProgress && connection.onProgress(new ProgressType<Parameters<typeof onProgress>[0]>(), token, onProgress);
      const wrapped: Wrapped = { params, ...(onProgress === undefined ? {} : { progress: token }) };
      const stop = (): void => cancellation.cancel();
      signal?.addEventListener("abort", stop);
      let give: (error: Error) => void = () => undefined;
      const gone = new Promise<never>((_, reject) => waiting.add((give = reject)));
      try {
        return await Promise.race([connection.sendRequest<never>(method, wrapped, cancellation.token), gone]);
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason;
        throw errorFromRemote(error);
      } finally {
        waiting.delete(give);
        signal?.removeEventListener("abort", stop);
        listening?.dispose();
        cancellation.dispose();
      }
    },
    get pending() {
      return waiting.size;
    },
    dispose: close,
  };
}

/** `working` has what stops each request that is being answered. */
function serve<Params, Progress>(
  connection: MessageConnection,
  method: string,
  { handler, working }: { handler: (params: Params, watching: Watching<Progress>) => unknown; working: Set<AbortController> },
): void {
  connection.onRequest(method, async (wrapped: Wrapped, token: CancellationToken) => {
    const cancellation = new AbortController();
    working.add(cancellation);
    const stop = (): void => cancellation.abort(new Error("The request was cancelled"));
    const listening = token.onCancellationRequested(stop);
    if (token.isCancellationRequested) stop(); // cancelled before its turn, which the event doesn't tell
    const onProgress = (value: Progress): void => {
      if (wrapped.progress !== undefined)
        connection.sendProgress<unknown>(new ProgressType<unknown>(), wrapped.progress, value).catch(() => undefined); // the other side is gone, and the call with it
    };
    try {
      // JSON-RPC has no undefined: an answer without a value is null.
      return (await handler(wrapped.params as Params, { signal: cancellation.signal, onProgress })) ?? null;
    } catch (error) {
      throw errorForRemote(error);
    } finally {
      listening.dispose();
      working.delete(cancellation);
    }
  });
}

function errorForRemote(error: unknown): ResponseError<ErrorData> {
  if (!(error instanceof Error)) return new ResponseError(failedCode, String(error), { kind: "Error" });
  return new ResponseError(failedCode, error.message, { kind: error.name, ...(error.stack === undefined ? {} : { detail: error.stack }) });
}

function errorFromRemote(error: unknown): Error {
  if (error instanceof ClosedError) return error;
  if (!(error instanceof ResponseError)) return error instanceof Error ? new ClosedError(error.message) : new ClosedError();
  const data = error.data as ErrorData | undefined;
  return new RemoteError(error.message, data?.kind ?? "Error", data?.detail);
}
