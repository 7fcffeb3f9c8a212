import * as vscode from "vscode";
import type { DownloadableEncoder } from "../../protocol/encoders.ts";
import { RemoteError } from "../../protocol/rpc.ts";
import { isStopped } from "../stopped.ts";
import { proxySetting, showBytes } from "./byteProgress.ts";
import type { CommandParts } from "./handlers.ts";

/** Where the token for gated models is kept among VS Code's secrets. */
const tokenKey = "winnow.hub.token";

/** An encoder to download, and what it is called for people. */
export type Wanted = Pick<DownloadableEncoder, "id" | "title">;

/** Downloads an encoder with progress and a way to stop it; gives its id, or undefined where a person stopped it. Asks for a token where the model is gated. */
export async function downloadEncoder(parts: CommandParts, encoder: Wanted): Promise<string | undefined> {
  let token = await parts.secrets.get(tokenKey);
  for (;;) {
    try {
      const id = await downloadShown(parts, encoder, token);
      if (token !== undefined) await parts.secrets.store(tokenKey, token);
      return id;
    } catch (error) {
      if (isStopped(error)) return undefined;
      if (!isGated(error)) throw error;
      token = await askForToken(encoder);
      if (token === undefined) return undefined;
    }
  }
}

async function downloadShown({ engine, settings }: CommandParts, encoder: Wanted, token: string | undefined): Promise<string> {
  return await showBytes(`Downloading ${encoder.title}`, async (options) => {
    const hub = settings.read("winnow.encoder.hub") || process.env["HF_ENDPOINT"];
    const request = { id: encoder.id, ...(hub && { hub }), ...(token === undefined ? {} : { token }), ...proxySetting() };
    return (await engine.store.call("downloadEncoder", request, options)).id;
  });
}

/** The engine's sentence about a gated model names the page; nothing else of its errors speaks of a token of one's account. */
function isGated(error: unknown): boolean {
  return error instanceof RemoteError && error.kind === "HubError" && error.message.includes("a token of your account");
}

async function askForToken({ id }: Wanted): Promise<string | undefined> {
  const token = await vscode.window.showInputBox({
    title: "Token for Hugging Face",
    prompt: `${id} is given only to those who accepted its terms on its page. The token is kept among VS Code's secrets`,
    password: true,
    ignoreFocusOut: true,
  });
  return token === undefined || token.trim() === "" ? undefined : token.trim();
}
