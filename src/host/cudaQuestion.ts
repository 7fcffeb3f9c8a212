import type { CudaPlan } from "../protocol/encoders.ts";

/** What a person is asked before CUDA's libraries are downloaded: how much, what, and under which licences. */
export function cudaQuestion({ downloads, totalBytes, folder }: CudaPlan): { readonly text: string; readonly detail: string } {
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1_000_000).toLocaleString("en")} MB`;
  return {
    text: `Download ${megabytes(totalBytes)} to encode on an NVIDIA card?`,
    detail: [
      ...downloads.map(({ project, version, sizeBytes, licence }) => `${project} ${version}: ${megabytes(sizeBytes)}, licence: ${licence}`),
      "",
      `They go to ${folder}, and every file is checked.`,
    ].join("\n"),
  };
}
