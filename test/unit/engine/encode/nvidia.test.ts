import { mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { cudaLibraries, cudaParts, driverLibrary, tensorrtLibraries } from "../../../../src/core/nvidia.ts";
import type { Devices } from "../../../../src/engine/encode/devices.ts";
import { cudaFolder, findLibrary, findNvidia, prepareNvidia } from "../../../../src/engine/encode/nvidia.ts";
import { isOutOfMemory } from "../../../../src/engine/encode/outOfMemory.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { createWorkplace } from "../store/workplace.ts";

const card: Devices = { nvidia: ["NVIDIA H100"], driver: "580.1", renderNodes: [] };

/** An Env whose environment names a folder, which has these files. */
async function withLibraries(files: readonly string[]): Promise<{ env: Env; folder: string }> {
  const { env, outside } = await createWorkplace();
  const folder = join(outside, "lib", "python3.11", "site-packages", "nvidia", "cu13", "lib");
  await mkdir(folder, { recursive: true });
  for (const file of files) await writeFile(join(folder, file), "");
  return { env: { ...env, libraryFolders: [join(outside, "lib/python3*/site-packages/nvidia/*/lib")] }, folder };
}

describe("CUDA's libraries", () => {
  it("are not asked for where there is no card", async () => {
    const { env } = await withLibraries([]);
    expect(findNvidia(env, "cuda", { nvidia: [], driver: undefined, renderNodes: [] }).missing).toEqual([
      "no NVIDIA card is visible: /dev/nvidia0 and WSL's driver are missing",
    ]);
  });

  it("are found below folders of any version, in the order in which they are loaded", async () => {
    const { env, folder } = await withLibraries([driverLibrary, ...cudaLibraries.map(({ file }) => file)]);
    expect(findLibrary(env, "libcudart.so.13")).toBe(join(folder, "libcudart.so.13"));
    const { paths, missing } = findNvidia(env, "cuda", card);
    expect(paths).toEqual(cudaLibraries.map(({ file }) => join(folder, file)));
    expect(missing).toEqual([
      'onnxruntime\'s CUDA part (libonnxruntime_providers_shared.so, libonnxruntime_providers_cuda.so, libonnxruntime_providers_tensorrt.so) is not here: get it by "winnow provider get cuda"',
    ]);
  });

  it("that are missing get a sentence each, with what to do", async () => {
    const { env } = await withLibraries(["libcudart.so.13"]);
    await mkdir(cudaFolder(env), { recursive: true });
    for (const part of cudaParts) await writeFile(join(cudaFolder(env), part), "");
    const { missing } = findNvidia(env, "tensorrt", card);
    expect(missing).toHaveLength(1 + (cudaLibraries.length - 1) + tensorrtLibraries.length);
    expect(missing[0]).toBe("NVIDIA's driver (libcuda.so.1) was not found: install it");
    expect(missing).toContain(
      'cuDNN (libcudnn.so.9) was not found: get it by "winnow provider get cuda", or name its folder in LD_LIBRARY_PATH',
    );
    expect(missing).toContain(
      "TensorRT (libnvinfer.so.10) was not found: install NVIDIA's TensorRT 10, and name its folder in LD_LIBRARY_PATH",
    );
  });

  it("are linked beside onnxruntime's own, also over a link whose cache is gone", async () => {
    const { env, outside } = await createWorkplace();
    await mkdir(cudaFolder(env), { recursive: true });
    await mkdir(outside, { recursive: true });
    for (const part of cudaParts) await writeFile(join(cudaFolder(env), part), "");
    await symlink(join(outside, "gone"), join(outside, cudaParts[1]));
    prepareNvidia(env, { paths: [], missing: [] }, outside);
    for (const part of cudaParts) expect(await readlink(join(outside, part))).toBe(join(cudaFolder(env), part));
  });

  it("are told to be linked by hand where onnxruntime's folder can't be written", async () => {
    const { env, outside } = await createWorkplace();
    await mkdir(cudaFolder(env), { recursive: true });
    await writeFile(join(cudaFolder(env), cudaParts[0]), "");
    expect(() => prepareNvidia(env, { paths: [], missing: [] }, join(outside, "none"))).toThrow(
      /none can't be written, where libonnxruntime_providers_shared\.so has to be linked: make it writable, or link it by hand/,
    );
  });

  it.runIf(process.platform === "linux" && process.arch === "x64")("stay loaded though they are no addons", async () => {
    // Any library will do that Node doesn't load by itself: the one of the pictures.
    const folder = join(dirname(createRequire(import.meta.url).resolve("@img/sharp-libvips-linux-x64/package")), "lib");
    const name = (await readdir(folder)).find((file) => file.startsWith("libvips-cpp.so"))!;
    const { env, outside } = await createWorkplace();
    expect(await readFile("/proc/self/maps", "utf8")).not.toContain(name);
    prepareNvidia(env, { paths: [join(folder, name)], missing: [] }, outside);
    expect(await readFile("/proc/self/maps", "utf8")).toContain(name);
  });

  it("that can't be loaded are an error with the loader's reason", async () => {
    const { env, outside } = await createWorkplace({});
    await mkdir(outside, { recursive: true });
    const broken = join(outside, "libbroken.so");
    await writeFile(broken, "no library");
    expect(() => prepareNvidia(env, { paths: [broken], missing: [] }, outside)).toThrow(/libbroken\.so/);
  });
});

describe("memory that ran out", () => {
  it.each([
    "CUDA failure 2: out of memory ; GPU=0 ; hostname=x",
    "Failed to allocate memory for requested buffer of size 1234",
    "std::bad_alloc",
    "BFCArena::AllocateRawInternal: available memory of 0 is smaller than requested bytes",
    "D3D12: 8007000E Not enough memory resources",
  ])("is known by %j", (message) => {
    expect(isOutOfMemory(new Error(message))).toBe(true);
  });

  it.each(["CUDA failure 700: an illegal memory access", "Got invalid dimensions for input", "CUDA failure 209: no kernel image"])(
    "is not meant by %j",
    (message) => {
      expect(isOutOfMemory(new Error(message))).toBe(false);
    },
  );
});
