/** Where encoders and products can run. The order is that of the settings and the reports. */
export const providers = ["cpu", "webgpu", "cuda", "tensorrt", "coreml", "dml"] as const;

/** An execution provider of onnxruntime, as the CLI and the settings spell it; `dml` is DirectML. */
export type Provider = (typeof providers)[number];

/** What a person can ask for: the fastest that works, or one provider. */
export const providerChoices = ["auto", ...providers] as const;

/** One of the choices. */
export type ProviderChoice = (typeof providerChoices)[number];

/** What a provider runs on, for sentences and tables. */
export const providerTitles: Readonly<Record<Provider, string>> = {
  cpu: "the processor",
  webgpu: "the graphics card, by WebGPU",
  cuda: "an NVIDIA card, by CUDA",
  tensorrt: "an NVIDIA card, by TensorRT",
  coreml: "Apple's CoreML",
  dml: "the graphics card, by DirectML",
};
