import { listDownloadableEncoders } from "../engine/requests/downloadEncoder.ts";
import { describeEncoders } from "../engine/requests/encoders.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes } from "./command.ts";
import { formatMegabytes } from "./encoder.ts";

/** `winnow encoders`: what can be named with --encoder, and what can be downloaded. */
export const encodersCommand: Command = {
  name: "encoders",
  operands: "",
  summary: "list the encoders that can be used, and those that can be downloaded",
  options: {},
  run: printEncoders,
};

async function printEncoders(call: Call): Promise<ExitCode> {
  const encoders = await describeEncoders(call.env);
  const lines = encoders.map(({ id, folder, builtin, family, dim, contextLength, note, problem, parity }) =>
    [
      `${id}  ${folder}`,
      problem === null
        ? `  ${family}, ${dim} dimensions${contextLength === null ? "" : `, ${contextLength} tokens`}${builtin ? "" : `, parity: ${parity ?? "not certified"}`}`
        : `  can't be used: ${problem}`,
      ...(note === null ? [] : [`  ${note}`]),
    ].join("\n"),
  );
  const offered = (await listDownloadableEncoders(call.env)).filter(({ present }) => !present);
  const offers = offered.map(({ id, title, approximateBytes, dim, languages, licence, goodFor, verified }) =>
    [
      `  ${id}  ${title}, about ${formatMegabytes(approximateBytes)}, ${dim} dimensions, ${languages}, licence: ${licence}`,
      `    ${goodFor}${verified ? "" : " (not yet tried by us)"}`,
    ].join("\n"),
  );
  const heading = "Can be downloaded (winnow encoder get <owner/name>):";
  call.print(
    call.json
      ? JSON.stringify([...encoders, ...offered.map((offer) => ({ ...offer, downloadable: true }))])
      : [...lines, ...(offers.length === 0 ? [] : [heading, ...offers])].join("\n"),
  );
  return exitCodes.done;
}
