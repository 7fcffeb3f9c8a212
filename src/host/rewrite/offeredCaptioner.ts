import { formatBytes } from "../../core/bytes.ts";
import type { AnswerSource } from "../../protocol/rewrites.ts";
import type { StoreApi } from "../../protocol/storeApi.ts";
import type { Caller } from "../engineClient.ts";
import { resolveFolder } from "../folders.ts";

/** The captioner that a setting names, as a list offers it: `detail` says what it can do, or why it can't be used; then `source` is undefined. */
export interface OfferedCaptioner {
  readonly label: string;
  readonly detail: string;
  readonly source: Extract<AnswerSource, { readonly kind: "local" }> | undefined;
}

/** Asks the engine whether a folder (as it is written in `winnow.rewrite.captionerFolder`) holds a captioner; `base` is what a relative one lies below. Undefined where none is named. */
export async function findOfferedCaptioner(
  store: Pick<Caller<StoreApi>, "call">,
  written: string,
  base: string | undefined,
): Promise<OfferedCaptioner | undefined> {
  if (written === "") return undefined;
  const folder = resolveFolder(written, base);
  if (folder === undefined)
    return { label: written, detail: "Is no absolute path, and no folder is open that it could lie in", source: undefined };
  const { name, takesPrompts, sizeBytes, problem } = await store.call("describeCaptioner", { folder });
  if (problem !== null) return { label: name, detail: problem, source: undefined };
  const ability = takesPrompts ? "takes every preset" : "describes pictures alone (preset describePicture)";
  return { label: name, detail: `Runs on this machine, ${formatBytes(sizeBytes)}, ${ability}`, source: { kind: "local", folder } };
}
