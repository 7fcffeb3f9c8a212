import { AbstractMessageReader, AbstractMessageWriter, createMessageConnection } from "vscode-jsonrpc/browser";
import type { DataCallback, Disposable, Message, MessageConnection, MessageReader, MessageWriter } from "vscode-jsonrpc/browser";

/** What VS Code hands to a webview's page, once. */
export interface PageApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

/** Connects the page with the extension over `postMessage`. */
export function openConnection(page: PageApi): MessageConnection {
  return createMessageConnection(new WindowReader(), new PageWriter(page));
}

class WindowReader extends AbstractMessageReader implements MessageReader {
  listen(callback: DataCallback): Disposable {
    const listener = ({ data }: MessageEvent<Message | undefined>): void => {
      if (data?.jsonrpc === "2.0") callback(data);
    };
    window.addEventListener("message", listener);
    return { dispose: () => window.removeEventListener("message", listener) };
  }
}

class PageWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #page: PageApi;

  constructor(page: PageApi) {
    super();
    this.#page = page;
  }

  write(message: Message): Promise<void> {
    this.#page.postMessage(message);
    return Promise.resolve();
  }

  end(): void {
    // a page has nothing to close: it is thrown away whole
  }
}
