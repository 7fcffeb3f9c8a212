/** A library of NVIDIA's that a provider loads. */
export interface NvidiaLibrary {
  readonly file: string;
  /** What it is, for a sentence. */
  readonly title: string;
}

/** A wheel of a Python package index, pinned; `members` are the files in it that we take, the one that tells of the others' presence last. */
export interface PinnedWheel {
  readonly project: string;
  readonly version: string;
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly members: readonly string[];
  readonly licence: string;
}

/** The version of onnxruntime-node that the wheel below belongs to: the parts of onnxruntime fit together only within one version. */
export const cudaRuntimeVersion = "1.30.0";

/** What onnxruntime's CUDA part is made of; they lie in one folder with `libonnxruntime.so.1`. */
export const cudaParts = [
  "libonnxruntime_providers_shared.so",
  "libonnxruntime_providers_cuda.so",
  "libonnxruntime_providers_tensorrt.so",
] as const;

/** What the CUDA part loads (its `NEEDED` entries, and cuDNN, which it opens for convolutions), each before those that need it. */
export const cudaLibraries: readonly NvidiaLibrary[] = [
  { file: "libcudart.so.13", title: "CUDA's runtime" },
  { file: "libcublasLt.so.13", title: "CUDA's matrix products" },
  { file: "libcublas.so.13", title: "CUDA's matrix products" },
  { file: "libcurand.so.10", title: "CUDA's random numbers" },
  { file: "libcudnn.so.9", title: "cuDNN" },
];

/** What the TensorRT part loads beside that. */
export const tensorrtLibraries: readonly NvidiaLibrary[] = [
  { file: "libnvinfer.so.10", title: "TensorRT" },
  { file: "libnvonnxparser.so.10", title: "TensorRT's reader of ONNX" },
];

/** The library of NVIDIA's driver, which comes with the driver alone. */
export const driverLibrary = "libcuda.so.1";

/** cuDNN opens its parts where it lies itself. */
const cudnnParts = [
  "_adv",
  "_cnn",
  "_engines_precompiled",
  "_engines_runtime_compiled",
  "_engines_tensor_ir",
  "_ext",
  "_graph",
  "_heuristic",
  "_ops",
  "",
] as const;

const capi = (name: string): string => `onnxruntime/capi/${name}`;

/**
 * What `winnow provider get cuda` may download for Linux x64. The npm package of onnxruntime pins no checksum for its own CUDA files (its script names a
 * package and a version); the same release's wheel has them with a checksum, and its CUDA part was seen to load into onnxruntime-node's library.
 * Sizes and checksums are those of the files themselves, taken 2026-11-28. A wheel whose libraries are all found on the machine is not downloaded.
 */
export const cudaWheels: readonly PinnedWheel[] = [
  {
    project: "onnxruntime-gpu",
    version: cudaRuntimeVersion,
    file: "onnxruntime_gpu-1.30.0-cp311-cp311-manylinux_2_28_x86_64.whl",
    sizeBytes: 246_658_419,
    sha256: "4fbf0c5d7b5fb99266c2e8a802e3e64af68bdc383e0f3c7349b985f1087eedaa",
    members: cudaParts.map(capi),
    licence: "MIT",
  },
  {
    project: "nvidia-cuda-runtime",
    version: "13.0.96",
    file: "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    sizeBytes: 2_243_632,
    sha256: "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
    members: ["nvidia/cu13/lib/libcudart.so.13"],
    licence: "NVIDIA's own",
  },
  {
    project: "nvidia-cublas",
    version: "13.0.2.14",
    file: "nvidia_cublas-13.0.2.14-py3-none-manylinux_2_27_x86_64.whl",
    sizeBytes: 420_882_912,
    sha256: "0cf238ffdbe46c00cb9aa98e7bca745c223a5ca5a53e686ac8b3e5a08fe80d6c",
    members: ["nvidia/cu13/lib/libcublasLt.so.13", "nvidia/cu13/lib/libcublas.so.13"],
    licence: "NVIDIA's own",
  },
  {
    project: "nvidia-curand",
    version: "10.4.5.25",
    file: "nvidia_curand-10.4.5.25-py3-none-manylinux_2_27_x86_64.whl",
    sizeBytes: 77_113_015,
    sha256: "22bb226a857e5888fe6b54ae465fc4371296bcff13a35f79e19691bcf454f529",
    members: ["nvidia/cu13/lib/libcurand.so.10"],
    licence: "NVIDIA's own",
  },
  {
    project: "nvidia-cudnn-cu13",
    version: "9.28.1.4",
    file: "nvidia_cudnn_cu13-9.28.1.4-py3-none-manylinux_2_27_x86_64.whl",
    sizeBytes: 516_817_937,
    sha256: "a54f205b1db1f2895d99f398754db1369816f0569dd459731f925635cf7b65ec",
    members: cudnnParts.map((part) => `nvidia/cudnn/lib/libcudnn${part}.so.9`),
    licence: "NVIDIA's own",
  },
];
