import { resolve } from "node:path";
import { project } from "../engine/requests/project.ts";
import { writeAtomically } from "../engine/store/files.ts";
import { npyBytes } from "../engine/store/npy.ts";
import { ensureAnalysed } from "./analysed.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { choiceOption, exitCodes, requiredOption } from "./command.ts";
import { runOptions, runRequestFromWords } from "./run.ts";

/** `winnow map`: all pictures in two dimensions. */
export const mapCommand: Command = {
  name: "map",
  operands: "<folder>",
  summary: "lay all pictures out in two dimensions, for a plot",
  options: {
    ...runOptions,
    projection: { type: "string", value: "pca|umap", help: "principal components, or UMAP on the exact neighbours (pca)" },
    out: {
      type: "string",
      value: "file.npy",
      help: "where the coordinates go: a float32 array with a row a sample, NaN for a picture without a vector",
    },
  },
  run: writeMap,
};

async function writeMap(call: Call): Promise<ExitCode> {
  const file = resolve(requiredOption(call.words, "out"));
  const projection = choiceOption(call.words, "projection", ["pca", "umap"]) ?? "pca";
  const { provider } = runRequestFromWords(call.words);
  const root = await ensureAnalysed(call);
  const { xy, about } = await project(
    call.env,
    { root, projection, provider },
    { signal: call.signal, onProgress: ({ done, total }) => call.onProgress({ stage: "cluster", done, cached: 0, total }) },
  );
  const samples = xy.length / 2;
  await writeAtomically(file, npyBytes("<f4", [samples, 2], xy));
  call.print(call.json ? JSON.stringify({ file, projection, samples, about }) : `${about}\nWritten to ${file}`);
  return exitCodes.done;
}
