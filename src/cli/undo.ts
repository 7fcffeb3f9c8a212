import { undoOperation } from "../engine/requests/operations.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, folderOperand, hasOption } from "./command.ts";

/** `winnow undo`: takes an operation back. */
export const undoCommand: Command = {
  name: "undo",
  operands: "<folder> [operation]",
  summary: "take back the last operation, or the one named",
  options: { cascade: { type: "boolean", help: "undo our own later operations on the same files first" } },
  run: undoAndTell,
};

async function undoAndTell(call: Call): Promise<ExitCode> {
  const operation = call.words.positionals[1];
  const cascade = hasOption(call.words, "cascade");
  const result = await undoOperation(call.env, folderOperand(call.words), { cascade, ...(operation === undefined ? {} : { operation }) });
  const left = result.left.map(({ path, reason }) => `\n  ${path}: ${reason}`).join("");
  const told =
    result.undone.length === 0
      ? "Nothing was undone"
      : `Undone: ${result.undone.join(", ")}; ${result.restored.length} files are as before`;
  call.print(call.json ? JSON.stringify(result) : `${told}${left === "" ? "" : `; left alone:${left}`}`);
  return result.left.length > 0 ? exitCodes.doneWithProblems : exitCodes.done;
}
