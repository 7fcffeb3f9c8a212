import { findDatasets } from "../engine/requests/findDatasets.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, folderOperand } from "./command.ts";

/** `winnow find`: folders below others that look like datasets. */
export const findCommand: Command = {
  name: "find",
  operands: "<folder> …",
  summary: "find the folders that look like datasets, without opening a picture",
  options: {
    exclude: { type: "string", multiple: true, value: "pattern", help: "folders that are not entered, as **/cache; may be given again" },
  },
  run: printDatasets,
};

async function printDatasets(call: Call): Promise<ExitCode> {
  folderOperand(call.words);
  const { exclude } = call.words.options;
  const patterns = (Array.isArray(exclude) ? exclude : []).filter((pattern) => typeof pattern === "string");
  const found = await findDatasets(call.env, { folders: call.words.positionals, exclude: patterns }, call.signal);
  const lines = found.map(
    ({ root, format, formatReason, files }) => `${root}\n  ${format}, ${files.toLocaleString("en")} files: ${formatReason}`,
  );
  call.print(call.json ? JSON.stringify(found) : lines.join("\n") || "No folder that looks like a dataset");
  return exitCodes.done;
}
