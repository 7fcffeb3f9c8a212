import { FieldError } from "../engine/store/filters.ts";
import { eachRow, saveRows } from "../engine/requests/rows.ts";
import type { RowsRequest } from "../protocol/engineApi.ts";
import { WhereError } from "../core/where.ts";
import { ensureAnalysed } from "./analysed.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { exitCodes, numberOption, textOption, UsageError } from "./command.ts";
import { runOptions } from "./run.ts";

/** `winnow rows`: pairs that fit a filter, as JSON Lines or as a Parquet file. */
export const rowsCommand: Command = {
  name: "rows",
  operands: "<folder>",
  summary: "list pairs with their signals and verdicts, as JSON Lines or Parquet",
  options: {
    ...runOptions,
    where: { type: "string", value: "filter", help: `pairs that fit, such as: clipScore < 0.2 and not group = nearDuplicate` },
    sort: { type: "string", value: "fields", help: "order, such as: clipScore,-captionRank" },
    limit: { type: "string", value: "n", help: "at most so many" },
    offset: { type: "string", value: "n", help: "leave out the first so many" },
    parquet: { type: "string", value: "file", help: "write all columns to a Parquet file instead" },
  },
  run: listRows,
};

async function listRows(call: Call): Promise<ExitCode> {
  const root = await ensureAnalysed(call);
  const request = rowsRequest(call, root);
  try {
    const parquet = textOption(call.words, "parquet");
    if (parquet === undefined) {
      for await (const rows of eachRow(call.env, request)) await call.printPiece(rows.map((row) => JSON.stringify(row)).join("\n"));
    } else {
      const count = await saveRows(call.env, request, parquet);
      call.print(call.json ? JSON.stringify({ file: parquet, rows: count }) : `${count} rows in ${parquet}`);
    }
  } catch (error) {
    if (error instanceof WhereError || error instanceof FieldError) throw new UsageError(error.message);
    throw error;
  }
  return exitCodes.done;
}

function rowsRequest(call: Call, root: string): RowsRequest {
  const where = textOption(call.words, "where");
  const sort = textOption(call.words, "sort");
  const limit = countOption(call, "limit");
  const from = countOption(call, "offset");
  return {
    root,
    ...(where === undefined ? {} : { where }),
    ...(sort === undefined ? {} : { sort }),
    ...(limit === undefined ? {} : { limit }),
    ...(from === undefined ? {} : { from }),
  };
}

function countOption(call: Call, name: string): number | undefined {
  const value = numberOption(call.words, name);
  if (value !== undefined && (!Number.isSafeInteger(value) || value < 0))
    throw new UsageError(`Expected a whole number from 0 for --${name}`);
  return value;
}
