import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { cudaLibraries, cudaParts, cudaWheels } from "../../core/nvidia.ts";
import type { PinnedWheel } from "../../core/nvidia.ts";
import type { CudaPlan, DownloadCudaRequest, DownloadedCuda } from "../../protocol/encoders.ts";
import { findDevices } from "../encode/devices.ts";
import { cudaFolder, findLibrary, findNvidia, findPart, unlinkCuda } from "../encode/nvidia.ts";
import type { Env } from "../env.ts";
import { downloadWheels } from "../hub/downloadWheels.ts";
import type { WheelWatch } from "../hub/downloadWheels.ts";
import { HubError } from "../hub/hubError.ts";
import { openPackageIndex } from "../hub/packageIndex.ts";

/** What would have to be downloaded for CUDA, and what is missing beside that. Throws a `HubError` on systems for which there is nothing. */
export function planCuda(env: Env): CudaPlan {
  const downloads = wheelsToGet(env).map(({ project, version, sizeBytes, licence }) => ({ project, version, sizeBytes, licence }));
  return { downloads, totalBytes: downloads.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), folder: cudaFolder(env) };
}

/** Downloads what is missing of CUDA into the cache, every file pinned by its size and SHA-256; `stillMissing` is what no download brings, a sentence each. */
export async function downloadCuda(env: Env, { index: url, proxy }: DownloadCudaRequest, watch: WheelWatch): Promise<DownloadedCuda> {
  const wheels = wheelsToGet(env);
  const folder = cudaFolder(env);
  if (!url)
    throw new HubError(
      "unusable",
      "No Python package index is named: give the address that pip downloads from, with --index or in the setting winnow.engine.packageIndex",
    );
  const index = openPackageIndex({ url, ...(proxy && { proxy }) });
  try {
    if (wheels.length > 0)
      await downloadWheels(index, { wheels, parts: join(env.cacheFolder, "downloads", basename(folder)), folder }, watch);
  } catch (error) {
    if (!(error instanceof HubError) || error.kind !== "offline") throw error;
    const files = wheels.map(({ file }) => file).join(", ");
    throw new HubError(
      "offline",
      `${error.message}. Without a network, bring ${files} from ${index.url}, and unpack ${wheels.flatMap(({ members }) => members.map((member) => basename(member))).join(", ")} into ${folder}`,
      { cause: error },
    );
  } finally {
    await index.close();
  }
  env.log("encode.cuda", `${wheels.length} files were downloaded to ${folder}`);
  return { folder, downloaded: wheels.map(({ file }) => file), stillMissing: findNvidia(env, "cuda", findDevices()).missing };
}

/** Removes what was downloaded of CUDA; libraries that were found elsewhere stay where they are. */
export async function removeCuda(env: Env): Promise<{ readonly folder: string }> {
  const folder = cudaFolder(env);
  if (!existsSync(folder)) throw new HubError("missing", `Winnow has downloaded nothing of CUDA: ${folder} is not there`);
  unlinkCuda();
  await rm(folder, { recursive: true, force: true });
  return { folder };
}

function wheelsToGet(env: Env): readonly PinnedWheel[] {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new HubError(
      "unusable",
      `CUDA can be used on Linux on x64 only, and this is ${process.platform} on ${process.arch}: take webgpu`,
    );
  return cudaWheels.filter(({ members }) => members.some((member) => isMissing(env, basename(member))));
}

/** Files that only serve another of their wheel are not asked about. */
function isMissing(env: Env, file: string): boolean {
  if (cudaParts.some((part) => part === file)) return findPart(env, file) === undefined;
  return cudaLibraries.some((library) => library.file === file) && findLibrary(env, file) === undefined;
}
