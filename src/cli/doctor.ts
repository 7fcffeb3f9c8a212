import { formatParity } from "../core/parity/format.ts";
import type { MachineReport } from "../protocol/computeApi.ts";
import { examineEncoder, examineMachine } from "../engine/requests/doctor.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, hasOption, textOption } from "./command.ts";

/** `winnow doctor`: what this machine offers, and why what is missing is missing. */
export const doctorCommand: Command = {
  name: "doctor",
  operands: "",
  summary: "tell which providers and devices can be used, why others can't, and what was measured",
  options: {
    encoder: { type: "string", value: "id or folder", help: "measure where this encoder is the fastest, unless it is known" },
    again: { type: "boolean", help: "measure it also where it is known, and with it what failed since" },
  },
  run: printFindings,
};

async function printFindings(call: Call): Promise<ExitCode> {
  const encoder = textOption(call.words, "encoder");
  if (encoder !== undefined) await examineEncoder(call.env, encoder, { signal: call.signal, again: hasOption(call.words, "again") });
  const machine = await examineMachine(call.env);
  call.print(call.json ? JSON.stringify(machine) : formatMachine(machine));
  return exitCodes.done;
}

function formatMachine(machine: MachineReport): string {
  const { version, node, platform, providers, probes, parities, libraries, cacheFolder, cacheDisk, dataFolder } = machine;
  const disk = cacheDisk === null ? "" : ` (${gigabytes(cacheDisk.freeBytes)} of ${gigabytes(cacheDisk.totalBytes)} free)`;
  return [
    `Winnow ${version} on Node ${node}, ${platform}`,
    `${formatCores(machine)}; ${gigabytes(machine.memoryBytes)} of memory, ${gigabytes(machine.freeMemoryBytes)} free`,
    "Providers:",
    ...providers.map(({ provider, bundled, usable, why, device }) => {
      const facts = [...(bundled ? ["bundled"] : []), ...(device === null ? [] : [device])].join(", ");
      return `  ${usable ? "✓" : "✗"} ${provider}${facts === "" ? "" : ` (${facts})`}${why === null ? "" : `: ${why}`}`;
    }),
    ...probes.flatMap(({ encoder, provider, figures }) => [
      `Measured: ${encoder} runs on ${provider}`,
      ...figures.map(({ text }) => `  ${text}`),
    ]),
    ...parities.map((parity) => `Parity: ${formatParity(parity)}`),
    `Libraries: ${Object.entries(libraries)
      .map(([name, found]) => `${name} ${found}`)
      .join(", ")}`,
    `Cache: ${cacheFolder}${disk}`,
    `Data: ${dataFolder}`,
  ].join("\n");
}

function formatCores({ cores, physicalCores, quotaCores, threads }: MachineReport): string {
  const physical = physicalCores === null ? "" : ` on ${physicalCores} cores`;
  const quota = quotaCores === null ? "" : `, limited to ${quotaCores} cores' time`;
  return `${cores} hardware threads${physical}${quota}; models run on ${threads === null ? "as many as onnxruntime takes" : threads}`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(0)} GB`;
}
