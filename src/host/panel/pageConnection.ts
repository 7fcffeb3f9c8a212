import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageConnection,
  type MessageReader,
  type MessageWriter,
} from "vscode-jsonrpc/node";

/** JSON-RPC with a webview's page. The owner of the webview hands in what arrives, for a page may be replaced by the next one at any time. */
export interface PageConnection {
  readonly connection: MessageConnection;
  readonly receive: (message: unknown) => void;
}

/** Opens a connection that sends with `post`, the webview's `postMessage`. */
export function openPageConnection(post: (message: unknown) => PromiseLike<unknown>): PageConnection {
  const reader = new PageReader();
  return { connection: createMessageConnection(reader, new PageWriter(post)), receive: (message) => reader.receive(message) };
}

/** The method of a JSON-RPC request; undefined for anything else. */
export function methodOf(message: unknown): string | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const { jsonrpc, id, method } = message as Readonly<Record<string, unknown>>;
  return jsonrpc === "2.0" && id !== undefined && typeof method === "string" ? method : undefined;
}

class PageReader extends AbstractMessageReader implements MessageReader {
  #callback: DataCallback | undefined;

  listen(callback: DataCallback): Disposable {
    this.#callback = callback;
    return { dispose: () => (this.#callback = undefined) };
  }

  receive(message: unknown): void {
    if (typeof message === "object" && message !== null && "jsonrpc" in message) this.#callback?.(message as Message);
  }
}

class PageWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #post: (message: unknown) => PromiseLike<unknown>;
  #isClosed = false;

  constructor(post: (message: unknown) => PromiseLike<unknown>) {
    super();
    this.#post = post;
  }

  async write(message: Message): Promise<void> {
    if (this.#isClosed) return; // an answer that came too late: the next page has requests of the same numbers
    giveOwnBuffers(message);
    await this.#post(message);
  }

  override dispose(): void {
    this.#isClosed = true;
    super.dispose();
  }

  end(): void {
    // the webview outlives the connection
  }
}

/**
 * Puts every view of a larger buffer into one of its own. VS Code sends the whole buffer behind a view, and what comes from the engine is a
 * view of the whole message (or of Node's pool). Our messages are trees, of which nobody else holds the branches.
 */
export function giveOwnBuffers(value: unknown): void {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
  const parent = value as Record<string, unknown>;
  for (const [key, child] of Object.entries(parent)) {
    if (isTypedArray(child)) {
      if (child.byteLength !== child.buffer.byteLength || Buffer.isBuffer(child)) parent[key] = ownCopy(child);
    } else giveOwnBuffers(child);
  }
}

type TypedArray = Uint8Array | Uint32Array | Float32Array | Float64Array;

function isTypedArray(value: unknown): value is TypedArray {
  return value instanceof Uint8Array || value instanceof Uint32Array || value instanceof Float32Array || value instanceof Float64Array;
}

/** A Buffer's own `slice` is a view again, so that bytes go through the plain constructor. */
function ownCopy(array: TypedArray): TypedArray {
  return array instanceof Uint8Array ? new Uint8Array(array) : array.slice();
}
