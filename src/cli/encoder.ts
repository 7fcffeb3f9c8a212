import { downloadEncoder, removeEncoder } from "../engine/requests/downloadEncoder.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, textOption, UsageError } from "./command.ts";

/** `winnow encoder get|remove`: downloads an encoder, or removes a downloaded one. */
export const encoderCommand: Command = {
  name: "encoder",
  operands: "get|remove <owner/name>",
  summary: "download an encoder into the cache, or remove it (HF_TOKEN and HTTPS_PROXY are heeded)",
  options: {
    dtype: { type: "string", value: "fp32|fp16|q8|…", help: "numbers of the graphs (fp32)" },
    revision: { type: "string", value: "commit", help: "branch, tag or commit (the pinned one, else the newest)" },
    hub: { type: "string", value: "address", help: "a mirror in the place of huggingface.co (HF_ENDPOINT)" },
  },
  run: getOrRemove,
};

async function getOrRemove(call: Call): Promise<ExitCode> {
  const [action, id] = call.words.positionals;
  if ((action !== "get" && action !== "remove") || id === undefined)
    throw new UsageError("Expected get or remove, and the encoder's owner/name");
  return action === "get" ? await get(call, id) : await remove(call, id);
}

async function get(call: Call, id: string): Promise<ExitCode> {
  const { env, words } = call;
  const option = (name: string): Record<string, string> => {
    const value = textOption(words, name);
    return value === undefined ? {} : { [name]: value };
  };
  const endpoint = process.env["HF_ENDPOINT"];
  const token = process.env["HF_TOKEN"];
  const request = {
    id,
    ...(endpoint ? { hub: endpoint } : {}),
    ...option("dtype"),
    ...option("revision"),
    ...option("hub"),
    ...(token ? { token } : {}),
  };
  const showBytes = createByteLines(call, id);
  const model = await downloadEncoder(env, request, { signal: call.signal, onProgress: showBytes });
  const told = model.isNew ? "is downloaded to" : "was there already, in";
  call.print(
    call.json ? JSON.stringify(model) : `${model.id} (${model.revision}) ${told} ${model.folder}\nUse it with --encoder ${model.id}`,
  );
  return exitCodes.done;
}

async function remove(call: Call, id: string): Promise<ExitCode> {
  const removed = await removeEncoder(call.env, id);
  call.print(
    call.json
      ? JSON.stringify(removed)
      : `${id} is removed: ${formatMegabytes(removed.freedBytes)} are free again; its vectors stay in the cache`,
  );
  return exitCodes.done;
}

/** Tells a line at every tenth of a download's bytes. */
export function createByteLines(call: Call, id: string): (progress: { readonly done: number; readonly total: number }) => void {
  let told = -1;
  return ({ done, total }) => {
    const tenth = total === 0 ? 10 : Math.floor((done / total) * 10);
    if (call.words.options["quiet"] === true || tenth === told) return;
    told = tenth;
    call.tell(`${id}: ${formatMegabytes(done)} of ${formatMegabytes(total)}`);
  };
}

/** Bytes for people, in millions. */
export function formatMegabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toLocaleString("en", { maximumFractionDigits: bytes < 10_000_000 ? 1 : 0 })} MB`;
}
