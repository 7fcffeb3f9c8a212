import type { MachineReport } from "../protocol/computeApi.ts";

/** What a machine offers, as a document to read and to paste into a bug report. */
export function formatMachineReport(
  machine: MachineReport,
  editor: { readonly name: string; readonly version: string; readonly remote: string | undefined },
): string {
  const { version, node, platform, cores, memoryBytes, providers, libraries, cacheFolder, dataFolder } = machine;
  const usable = providers.filter((provider) => provider.usable).map(({ provider }) => provider);
  const rows = providers.map(({ provider, usable: isUsable, why }) => `| ${provider} | ${isUsable ? "yes" : "no"} | ${cell(why ?? "")} |`);
  return [
    "# This machine, as Winnow sees it",
    "",
    `- Winnow ${version}, ${editor.name} ${editor.version}${editor.remote === undefined ? "" : ` over ${editor.remote}`}`,
    `- ${platform}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(0)} GB of memory`,
    `- The engine runs on Node ${node}`,
    "",
    "## Where encoders can run",
    "",
    `\`winnow.engine.provider\` takes one of these; \`auto\` takes the fastest that works${usable.length === 0 ? "" : `, out of ${usable.join(", ")}`}.`,
    "",
    "| provider | usable | why not |",
    "| --- | --- | --- |",
    ...rows,
    "",
    "## Libraries",
    "",
    ...Object.entries(libraries).map(([name, found]) => `- ${name} ${found}`),
    "",
    "## Folders",
    "",
    `- Cache, which may be deleted at any time: \`${cacheFolder}\``,
    `- Data, which can't be made again: \`${dataFolder}\``,
    "",
  ].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}
