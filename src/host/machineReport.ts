import { formatParity } from "../core/parity/format.ts";
import type { MachineReport } from "../protocol/computeApi.ts";

/** What a machine offers, as a document to read and to paste into a bug report. */
export function formatMachineReport(
  machine: MachineReport,
  editor: { readonly name: string; readonly version: string; readonly remote: string | undefined },
): string {
  const { version, node, platform, providers, libraries, cacheFolder, cacheDisk, dataFolder } = machine;
  const usable = providers.filter((provider) => provider.usable).map(({ provider }) => provider);
  const rows = providers.map(
    ({ provider, bundled, usable: isUsable, why, device }) =>
      `| ${provider} | ${bundled ? "yes" : "no"} | ${isUsable ? "yes" : "no"} | ${cell(device ?? "")} | ${cell(why ?? "")} |`,
  );
  const disk = cacheDisk === null ? "" : `, ${gigabytes(cacheDisk.freeBytes)} of ${gigabytes(cacheDisk.totalBytes)} free`;
  return [
    "# This machine, as Winnow sees it",
    "",
    `- Winnow ${version}, ${editor.name} ${editor.version}${editor.remote === undefined ? "" : ` over ${editor.remote}`}`,
    `- ${platform}, ${coresOf(machine)}`,
    `- ${gigabytes(machine.memoryBytes)} of memory, ${gigabytes(machine.freeMemoryBytes)} free`,
    `- The engine runs on Node ${node}`,
    "",
    "## Where encoders can run",
    "",
    `\`winnow.engine.provider\` takes one of these; \`auto\` takes the fastest that works${usable.length === 0 ? "" : `, out of ${usable.join(", ")}`}.`,
    "",
    "| provider | bundled | usable | device | why not, and what to do |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
    ...probesOf(machine),
    ...paritiesOf(machine),
    "## Libraries",
    "",
    ...Object.entries(libraries).map(([name, found]) => `- ${name} ${found}`),
    "",
    "## Folders",
    "",
    `- Cache, which may be deleted at any time${disk}: \`${cacheFolder}\``,
    `- Data, which can't be made again: \`${dataFolder}\``,
    "",
  ].join("\n");
}

function coresOf({ cores, physicalCores, quotaCores, threads }: MachineReport): string {
  const physical = physicalCores === null ? "" : ` on ${physicalCores} cores`;
  const quota = quotaCores === null ? "" : `, limited to ${quotaCores} cores' time`;
  const models = threads === null ? "" : `, models run on ${threads}`;
  return `${cores} hardware threads${physical}${quota}${models}`;
}

/** What `auto` decided for each encoder that was used here, with the figures. */
function probesOf({ probes }: MachineReport): string[] {
  if (probes.length === 0) return [];
  return [
    "## What was measured",
    "",
    ...probes.flatMap(({ encoder, provider, figures }) => [
      `- ${encoder}: \`auto\` is ${provider}`,
      ...figures.map(({ text }) => `  - ${text.replaceAll(/\s*\n\s*/g, " ")}`),
    ]),
    "",
  ];
}

/** How close each encoder that is here comes to its reference. */
function paritiesOf({ parities }: MachineReport): string[] {
  if (parities.length === 0) return [];
  return ["## Parity", "", ...parities.map((parity) => `- ${formatParity(parity)}`), ""];
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(0)} GB`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}
