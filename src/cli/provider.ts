import { downloadCuda, planCuda, removeCuda } from "../engine/requests/cuda.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, hasOption, textOption, UsageError } from "./command.ts";
import { createByteLines, formatMegabytes } from "./encoder.ts";

/** `winnow provider get|remove cuda`: brings the libraries that CUDA needs, or removes them. */
export const providerCommand: Command = {
  name: "provider",
  operands: "get|remove cuda",
  summary: "download what CUDA needs into the cache, or remove it (HTTPS_PROXY is heeded)",
  options: {
    "dry-run": { type: "boolean", help: "tell what would be downloaded, and how much" },
    index: { type: "string", value: "address", help: "the Python package index to download from, as pip takes it (PIP_INDEX_URL)" },
  },
  run: getOrRemove,
};

async function getOrRemove(call: Call): Promise<ExitCode> {
  const [action, provider] = call.words.positionals;
  if ((action !== "get" && action !== "remove") || provider !== "cuda") throw new UsageError('Expected "get cuda" or "remove cuda"');
  return action === "get" ? await get(call) : await remove(call);
}

async function get(call: Call): Promise<ExitCode> {
  const plan = planCuda(call.env);
  const lines = plan.downloads.map(
    ({ project, version, sizeBytes, licence }) => `  ${project} ${version}, ${formatMegabytes(sizeBytes)}, licence: ${licence}`,
  );
  const heading = lines.length === 0 ? "Nothing has to be downloaded" : `${formatMegabytes(plan.totalBytes)} are to be downloaded:`;
  if (hasOption(call.words, "dry-run")) {
    call.print(call.json ? JSON.stringify(plan) : [heading, ...lines].join("\n"));
    return exitCodes.done;
  }
  call.tell([heading, ...lines].join("\n"));
  const index = textOption(call.words, "index") ?? process.env["PIP_INDEX_URL"];
  const onProgress = createByteLines(call, "CUDA");
  const done = await downloadCuda(call.env, index ? { index } : {}, { signal: call.signal, onProgress });
  const missing = done.stillMissing.map((sentence) => `  still missing: ${sentence}`);
  call.print(call.json ? JSON.stringify(done) : [`CUDA's libraries are in ${done.folder}`, ...missing].join("\n"));
  return exitCodes.done;
}

async function remove(call: Call): Promise<ExitCode> {
  const removed = await removeCuda(call.env);
  call.print(call.json ? JSON.stringify(removed) : `${removed.folder} is removed`);
  return exitCodes.done;
}
