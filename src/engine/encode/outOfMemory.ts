/** How the runtime's providers say that there is no memory left: the CPU's and CUDA's arenas, the CUDA driver, WebGPU (Dawn), Direct3D, and C++ itself. */
const sentences =
  /out of memory|failed to allocate|cannot allocate|bad_alloc|BFCArena|allocation failure|CUDA_ERROR_OUT_OF_MEMORY|CUDA failure 2\b|E_OUTOFMEMORY|8007000E/i;

/** Whether an error says that memory ran out, so that a smaller batch may go through. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && sentences.test(error.message);
}
