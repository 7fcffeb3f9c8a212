import type { ImportReport } from "../engine/requests/importVectors.ts";
import { formatAgreement, importVectors } from "../engine/requests/importVectors.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, hasOption, requiredOption, textOption } from "./command.ts";
import { runOptions, runRequestFromWords } from "./run.ts";

/** `winnow import-vectors`: takes over vectors that were made elsewhere instead of encoding. */
export const importVectorsCommand: Command = {
  name: "import-vectors",
  operands: "<folder>",
  summary: "take over clip-retrieval's or DataComp's vectors of a dataset instead of encoding it",
  options: {
    ...runOptions,
    encoder: { type: "string", value: "id, folder or name", help: "the encoder whose vectors they are; a name for one that is not here" },
    from: { type: "string", value: "folder or file", help: "img_emb/, text_emb/ and metadata/, or .npz files beside .parquet files" },
    array: { type: "string", value: "b32|l14", help: "which of a .npz file's arrays (those of the encoder's dimension)" },
    trust: { type: "boolean", help: "take them, under a name of their own, though the encoder here gives others" },
  },
  run: importAndTell,
};

async function importAndTell(call: Call): Promise<ExitCode> {
  const { env, words, signal, onProgress } = call;
  const { root, provider, discover } = runRequestFromWords(words);
  const array = textOption(words, "array");
  const request = {
    root,
    provider,
    discover,
    from: requiredOption(words, "from"),
    encoder: requiredOption(words, "encoder"),
    trust: hasOption(words, "trust"),
    ...(array !== undefined && { array }),
  };
  const report = await importVectors(env, request, { signal, onProgress });
  for (const refused of report.refused) call.tell(refused);
  call.print(call.json ? JSON.stringify(report) : formatImport(report, root));
  return report.refused.length > 0 || report.images.stored + report.images.known === 0 ? exitCodes.doneWithProblems : exitCodes.done;
}

function formatImport({ encoder, encoderId, isImported, rows, images, texts, agreement }: ImportReport, root: string): string {
  const side = (what: string, { stored, known, unmatched, invalid, scaled }: ImportReport["images"]): string =>
    [
      `${what}: ${stored} stored`,
      ...(known > 0 ? [`${known} there before`] : []),
      ...(unmatched > 0 ? [`${unmatched} of nothing in this dataset`] : []),
      ...(invalid > 0 ? [`${invalid} left out, which are not numbers or all zeros`] : []),
      ...(scaled > 0 ? [`${scaled} scaled to length 1`] : []),
    ].join(", ");
  return [
    `${rows.toLocaleString("en")} rows read, for ${encoderId}`,
    side("pictures", images),
    side("texts", texts),
    ...(agreement === null ? [] : [`Compared with the encoder here: ${formatAgreement(agreement)}`]),
    ...(isImported
      ? ["No encoder goes with these vectors: what they are of is scored and grouped, but nothing can be searched by text"]
      : []),
    `Use them with "winnow run ${root} --encoder ${encoder}"`,
  ].join("\n");
}
