import { describeEncoders } from "../engine/requests/encoders.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes } from "./command.ts";

/** `winnow encoders`: what can be named with --encoder. */
export const encodersCommand: Command = {
  name: "encoders",
  operands: "",
  summary: "list the encoders that can be used",
  options: {},
  run: printEncoders,
};

async function printEncoders(call: Call): Promise<ExitCode> {
  const encoders = await describeEncoders(call.env);
  const lines = encoders.map(({ id, folder, dim, contextLength, note, problem }) =>
    [
      `${id}  ${folder}`,
      problem === null ? `  ${dim} dimensions, ${contextLength} tokens` : `  can't be used: ${problem}`,
      ...(note === null ? [] : [`  ${note}`]),
    ].join("\n"),
  );
  call.print(call.json ? JSON.stringify(encoders) : lines.join("\n"));
  return exitCodes.done;
}
