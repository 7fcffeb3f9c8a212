import { existsSync, lstatSync, readdirSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { cudaLibraries, cudaParts, cudaRuntimeVersion, driverLibrary, tensorrtLibraries } from "../../core/nvidia.ts";
import type { Env } from "../env.ts";
import type { Devices } from "./devices.ts";
import { runtimeFolder } from "./runtimeFolder.ts";

/** What of CUDA or TensorRT is on this machine. */
export interface NvidiaFound {
  /** Libraries to load before a session is made, in their order: absolute paths. */
  readonly paths: readonly string[];
  /** A sentence each for what is not there. */
  readonly missing: readonly string[];
}

/** Where libraries usually lie, beside the folders that the environment names. Wildcards are folders' names. */
const usualFolders = [
  "/usr/local/cuda/lib64",
  "/usr/local/cuda-*/lib64",
  "/usr/lib/x86_64-linux-gnu",
  "/usr/lib64",
  "/usr/lib/wsl/lib",
  "/opt/cuda/lib64",
  "/opt/cudnn/lib",
  "/opt/tensorrt/lib",
];

/** The folder in the cache of what `winnow provider get cuda` brings. */
export function cudaFolder(env: Env): string {
  return join(env.cacheFolder, "providers", `cuda-${cudaRuntimeVersion}`);
}

/** Looks for everything that a provider of NVIDIA's needs, and says of each missing part what it is and what to do. */
export function findNvidia(env: Env, provider: "cuda" | "tensorrt", devices: Devices): NvidiaFound {
  if (devices.nvidia.length === 0) return { paths: [], missing: ["no NVIDIA card is visible: /dev/nvidia0 and WSL's driver are missing"] };
  const missing: string[] = [];
  if (findLibrary(env, driverLibrary) === undefined) missing.push(`NVIDIA's driver (${driverLibrary}) was not found: install it`);
  const parts = cudaParts.filter((part) => findPart(env, part) === undefined);
  if (parts.length > 0) missing.push(`onnxruntime's CUDA part (${parts.join(", ")}) is not here: get it by "winnow provider get cuda"`);
  const paths: string[] = [];
  for (const { file, title } of provider === "cuda" ? cudaLibraries : [...cudaLibraries, ...tensorrtLibraries]) {
    const path = findLibrary(env, file);
    if (path !== undefined) paths.push(path);
    else if (tensorrtLibraries.some((library) => library.file === file))
      missing.push(`${title} (${file}) was not found: install NVIDIA's TensorRT 10, and name its folder in LD_LIBRARY_PATH`);
    else missing.push(`${title} (${file}) was not found: get it by "winnow provider get cuda", or name its folder in LD_LIBRARY_PATH`);
  }
  return { paths, missing };
}

/** The path of a library: in the cache, in a folder that the environment names, or where it usually lies. */
export function findLibrary(env: Env, file: string): string | undefined {
  const folders = [cudaFolder(env), ...(env.libraryFolders ?? []), ...usualFolders].flatMap(expand);
  return folders.map((folder) => join(folder, file)).find((path) => existsSync(path));
}

/**
 * Puts the CUDA part beside onnxruntime's library, which opens it there alone, and loads what it needs: a library that is loaded already is taken by its name,
 * wherever it lies, so that no process has to be started with another LD_LIBRARY_PATH. Throws where the folder can't be written.
 */
export function prepareNvidia(env: Env, { paths }: NvidiaFound, runtime = runtimeFolder()): void {
  for (const part of cudaParts) {
    const [kept, place] = [join(cudaFolder(env), part), join(runtime, part)];
    if (existsSync(place) || !existsSync(kept)) continue;
    try {
      rmSync(place, { force: true }); // a link whose cache is gone
      symlinkSync(kept, place);
    } catch (error) {
      throw new Error(`${runtime} can't be written, where ${part} has to be linked: make it writable, or link it by hand`, {
        cause: error,
      });
    }
  }
  for (const path of paths) loadLibrary(path);
}

/** Takes the links to the cache out of onnxruntime's folder. */
export function unlinkCuda(): void {
  for (const part of cudaParts) {
    const place = join(runtimeFolder(), part);
    if (lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true) unlinkSync(place);
  }
}

/** The path of a part of onnxruntime: in its folder, or in the cache to be linked there. */
export function findPart(env: Env, part: string): string | undefined {
  return [runtimeFolder(), cudaFolder(env)].map((folder) => join(folder, part)).find((path) => existsSync(path));
}

/** glibc's RTLD_NODELETE: stays loaded when Node closes it again, since it is no addon. */
const staysLoaded = 0x1000;

function loadLibrary(path: string): void {
  const { RTLD_LAZY, RTLD_GLOBAL } = constants.dlopen;
  try {
    process.dlopen({ exports: {} }, path, RTLD_LAZY | RTLD_GLOBAL | staysLoaded);
  } catch (error) {
    if (!/self-register/.test((error as Error).message)) throw error;
  }
}

/** Folders that a path with wildcards for whole names stands for. */
function expand(pattern: string): readonly string[] {
  const star = pattern.split("/").findIndex((name) => name.includes("*"));
  if (star < 0) return [pattern];
  const names = pattern.split("/");
  const before = names.slice(0, star).join("/");
  const [start, end] = names[star]!.split("*");
  return list(before)
    .filter((name) => name.startsWith(start!) && name.endsWith(end!))
    .flatMap((name) => expand([before, name, ...names.slice(star + 1)].join("/")));
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort().reverse();
  } catch {
    return [];
  }
}
