import { expect, it } from "vitest";
import { cudaQuestion } from "../../../src/host/cudaQuestion.ts";

it("asks with the size of all, then each part's with its licence, and where it goes", () => {
  const downloads = [
    { project: "onnxruntime-gpu", version: "1.30.0", sizeBytes: 246_658_419, licence: "MIT" },
    { project: "nvidia-cublas", version: "13.0", sizeBytes: 1_000_000_000, licence: "NVIDIA's own" },
  ];
  expect(cudaQuestion({ downloads, totalBytes: 1_246_658_419, folder: "/cache/providers/cuda" })).toEqual({
    text: "Download 1,247 MB to encode on an NVIDIA card?",
    detail: [
      "onnxruntime-gpu 1.30.0: 247 MB, licence: MIT",
      "nvidia-cublas 13.0: 1,000 MB, licence: NVIDIA's own",
      "",
      "They go to /cache/providers/cuda, and every file is checked.",
    ].join("\n"),
  });
});
