import { listOperations } from "../engine/requests/operations.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, folderOperand } from "./command.ts";

/** `winnow log`: what was done to a dataset. */
export const logCommand: Command = {
  name: "log",
  operands: "<folder>",
  summary: "list the operations on a dataset, the oldest first",
  options: {},
  run: printLog,
};

async function printLog(call: Call): Promise<ExitCode> {
  const operations = await listOperations(call.env, folderOperand(call.words));
  const lines = operations.map(
    ({ operation, time, kind, summary, state }) =>
      `${operation}  ${time.slice(0, 19)}  ${kind.padEnd(8)} ${state === "done" ? "" : `[${state}] `}${summary}`,
  );
  call.print(call.json ? JSON.stringify(operations) : lines.join("\n") || "Nothing was done to this dataset yet");
  return exitCodes.done;
}
