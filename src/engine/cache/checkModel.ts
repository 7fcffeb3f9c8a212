import { join } from "node:path";
import { digestOf, sizeOf } from "../hub/downloadFile.ts";
import { readModelRecord } from "../hub/modelRecord.ts";
import type { CachePiece } from "./inventory.ts";
import type { Damage } from "./damage.ts";

/** Checks a downloaded model's files against the checksums that the hub told. Of a model that a person brought nothing is known. It goes whole: what is left could not be used. */
export async function checkModel({ paths }: CachePiece): Promise<readonly Damage[]> {
  const folder = paths[0]!;
  const record = await readModelRecord(folder);
  const damages: Damage[] = [];
  for (const { path, sizeBytes, sha256, gitSha1 } of record?.files ?? []) {
    const file = join(folder, path);
    const size = await sizeOf(file);
    if (size !== sizeBytes) damages.push({ file, paths, what: `it has ${size} of ${sizeBytes} bytes` });
    else if (!(await isAsTold(file, { sizeBytes, sha256, gitSha1 })))
      damages.push({ file, paths, what: "its checksum differs from what the hub told" });
  }
  return damages;
}

async function isAsTold(
  file: string,
  { sizeBytes, sha256, gitSha1 }: { readonly sizeBytes: number; readonly sha256: string | null; readonly gitSha1: string | null },
): Promise<boolean> {
  if (sha256 !== null) return (await digestOf(file, { sizeBytes, digest: { kind: "sha256", hex: sha256 } })) === sha256;
  return gitSha1 === null || (await digestOf(file, { sizeBytes, digest: { kind: "gitSha1", hex: gitSha1 } })) === gitSha1;
}
