import { randomBytes } from "node:crypto";
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { float32FromFloat16 } from "../../core/float16.ts";
import type { Matrix } from "../../core/matrix.ts";

/** Takes float16 rows for their place: `values` are those of rows `at` onwards. */
export type PutRows = (at: number, values: Uint16Array) => void;

/**
 * Makes a matrix on a temporary file of float16 rows in `folder`, filled by `fill`: for what is too large for memory.
 * The file vanishes with `dispose`, and where the platform lets an open file be unlinked (not on Windows) with the process too.
 */
export async function packMatrix(
  { folder, rows, dim }: { folder: string; rows: number; dim: number },
  fill: (put: PutRows) => Promise<void>,
): Promise<Matrix & { dispose(): Promise<void> }> {
  const path = join(folder, `packed-${randomBytes(6).toString("hex")}.winnow-tmp`);
  const rowBytes = dim * Uint16Array.BYTES_PER_ELEMENT;
  await mkdir(folder, { recursive: true });
  try {
    await fillFile(path, rows * rowBytes, (descriptor) =>
      fill(
        (at, values) =>
          void writeSync(
            descriptor,
            new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
            0,
            values.byteLength,
            at * rowBytes,
          ),
      ),
    );
    const handle = await open(path, "r");
    if (process.platform !== "win32") await rm(path);
    return {
      rows,
      dim,
      read: async (from, to) => {
        const values = new Uint16Array((to - from) * dim);
        await handle.read(new Uint8Array(values.buffer), 0, values.byteLength, from * rowBytes);
        return float32FromFloat16(values);
      },
      dispose: async () => {
        await handle.close();
        await rm(path, { force: true });
      },
    };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function fillFile(path: string, sizeBytes: number, fill: (descriptor: number) => Promise<void>): Promise<void> {
  const descriptor = openSync(path, "wx");
  try {
    ftruncateSync(descriptor, sizeBytes);
    await fill(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
