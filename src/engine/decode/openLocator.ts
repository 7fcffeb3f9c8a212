import { stat } from "node:fs/promises";
import type { ProblemCode } from "../../core/problem.ts";
import { type Locator, nameLocator } from "../../core/sample.ts";
import type { Env } from "../env.ts";
import { mapInOrder } from "../store/concurrent.ts";
import { readBytes, readRange } from "../store/files.ts";
import { isHeaderOf, tarBlockBytes } from "../store/tarHeader.ts";
import { findMember } from "../store/tarMembers.ts";
import type { ParquetBytes } from "../store/parquetFile.ts";
import { readParquetBytes } from "../store/parquetFile.ts";

/** Why the bytes of a picture could not be had; the code is that of the Problem to make of it, the message names the file. */
export class OpenError extends Error {
  readonly code: Extract<ProblemCode, "missingImage" | "tooLarge" | "unreadable">;

  constructor(code: OpenError["code"], message: string) {
    super(message);
    this.name = "OpenError";
    this.code = code;
  }
}

/** Limits of opening. */
export interface OpenOptions {
  /** More bytes than this are not read; 256 MB where nothing is said. */
  readonly maximumBytes?: number;
}

const defaultMaximumBytes = 256 << 20;
const readsAtOnce = 16;

/** Bytes of the picture that a locator leads to. Rejects with OpenError. For many rows of one table use `readPictures`. */
export async function readPicture(env: Env, locator: Locator, options: OpenOptions = {}): Promise<Buffer> {
  const [read] = await readPictures(env, [locator], options);
  if (read instanceof OpenError || read === undefined) throw read ?? new OpenError("unreadable", nameLocator(locator));
  return read;
}

/** Bytes of many pictures, in the order of the locators, or why one could not be had. Rows of one table are fetched in one query. */
export async function readPictures(env: Env, locators: readonly Locator[], options: OpenOptions = {}): Promise<(Buffer | OpenError)[]> {
  const maximumBytes = options.maximumBytes ?? defaultMaximumBytes;
  const tables = fetchTables(env, locators, maximumBytes);
  const pictures: (Buffer | OpenError)[] = [];
  for await (const picture of mapInOrder(locators, readsAtOnce, (locator) => readOne(env, locator, { maximumBytes, tables })))
    pictures.push(picture);
  return pictures;
}

type Tables = ReadonlyMap<string, Promise<ReadonlyMap<number, ParquetBytes>>>;

async function readOne(
  env: Env,
  locator: Locator,
  { maximumBytes, tables }: { readonly maximumBytes: number; readonly tables: Tables },
): Promise<Buffer | OpenError> {
  try {
    switch (locator.kind) {
      case "file":
        return await readFileWhole(env, locator, maximumBytes);
      case "member":
        return await readMember(env, locator, maximumBytes);
      case "row":
        return bytesOfRow(locator, await tables.get(tableKey(locator)));
    }
  } catch (error) {
    return openErrorFrom(error, nameLocator(locator));
  }
}

async function readFileWhole(env: Env, locator: Locator & { kind: "file" }, maximumBytes: number): Promise<Buffer> {
  const path = locator.nameBytes === undefined ? locator.path : Buffer.from(locator.nameBytes);
  const stats = await stat(path);
  // A pipe or a device named by a table would be read for ever.
  if (!stats.isFile()) throw new OpenError("unreadable", `${nameLocator(locator)} is no regular file`);
  const { size } = stats;
  if (size > maximumBytes) throw tooLarge(locator, size, maximumBytes);
  return readBytes(env, path);
}

async function readMember(env: Env, locator: Locator & { kind: "member" }, maximumBytes: number): Promise<Buffer> {
  const { archive, member, offset, size } = locator;
  if (size > maximumBytes) throw tooLarge(locator, size, maximumBytes);
  const from = Math.max(0, offset - tarBlockBytes);
  const read = await readRange(env, archive, from, offset - from + size);
  const isThere = from < offset && read.length === offset - from + size && isHeaderOf(read, { member, size });
  if (isThere) return read.subarray(offset - from);
  const moved = await findMember(env, archive, member);
  if (moved === undefined) throw new OpenError("unreadable", `${archive} no longer holds ${member}, or ends in its midst`);
  if (moved.size > maximumBytes) throw tooLarge(locator, moved.size, maximumBytes);
  return await readRange(env, archive, moved.offset, moved.size);
}

function fetchTables(env: Env, locators: readonly Locator[], maximumBytes: number): Tables {
  const rows = new Map<string, { readonly path: string; readonly column: string; readonly rows: number[] }>();
  for (const locator of locators) {
    if (locator.kind !== "row") continue;
    const key = tableKey(locator);
    const before = rows.get(key);
    if (before === undefined) rows.set(key, { path: locator.table, column: locator.column, rows: [locator.row] });
    else before.rows.push(locator.row);
  }
  return new Map(
    [...rows].map(([key, table]) => {
      const fetched = readParquetBytes(env, table, table.rows, maximumBytes);
      fetched.catch(() => undefined); // thrown again where a row of it is asked for; here it must only not count as unhandled
      return [key, fetched];
    }),
  );
}

function bytesOfRow(locator: Locator & { kind: "row" }, table: ReadonlyMap<number, ParquetBytes> | undefined): Buffer {
  const cell = table?.get(locator.row);
  if (cell === undefined) throw new OpenError("missingImage", `${nameLocator(locator)} holds no picture`);
  if (cell.bytes === undefined)
    throw new OpenError("tooLarge", `${nameLocator(locator)} has ${cell.sizeBytes} bytes, more than may be read`);
  return cell.bytes;
}

function tableKey({ table, column }: Locator & { kind: "row" }): string {
  return `${table}\0${column}`;
}

function tooLarge(locator: Locator, size: number, maximumBytes: number): OpenError {
  return new OpenError("tooLarge", `${nameLocator(locator)} has ${size} bytes, more than the ${maximumBytes} that may be read`);
}

function openErrorFrom(error: unknown, name: string): OpenError {
  if (error instanceof OpenError) return error;
  const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
  return new OpenError(
    isMissing ? "missingImage" : "unreadable",
    isMissing ? `${name} is not there any more` : `${name} can't be read: ${String(error)}`,
  );
}
