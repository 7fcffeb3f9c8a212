import { examineMachine } from "../engine/requests/doctor.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes } from "./command.ts";

/** `winnow doctor`: what this machine offers, and why what is missing is missing. */
export const doctorCommand: Command = {
  name: "doctor",
  operands: "",
  summary: "tell which providers and devices can be used, and why others can't",
  options: {},
  run: printFindings,
};

async function printFindings(call: Call): Promise<ExitCode> {
  const machine = await examineMachine(call.env);
  const providers = machine.providers.map(
    ({ provider, usable, why }) => `  ${usable ? "✓" : "✗"} ${provider}${why === null ? "" : `: ${why}`}`,
  );
  const text = [
    `Winnow ${machine.version} on Node ${machine.node}, ${machine.platform}, ${machine.cores} cores, ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GB of memory`,
    "Providers:",
    ...providers,
    `Libraries: ${Object.entries(machine.libraries)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}`,
    `Cache: ${machine.cacheFolder}`,
    `Data: ${machine.dataFolder}`,
  ].join("\n");
  call.print(call.json ? JSON.stringify(machine) : text);
  return exitCodes.done;
}
