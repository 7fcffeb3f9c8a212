/** What is wrong, by words that programs write of it; the first that fits is told. */
const known: readonly { readonly pattern: RegExp; readonly sentence: string }[] = [
  {
    pattern: /ENOSPC|No space left on device|disk quota exceeded|EDQUOT/i,
    sentence: "The disk is full: make room on it, and resume the run",
  },
  {
    pattern: /CUDA (error: )?out of memory|OutOfMemoryError|CUBLAS_STATUS_ALLOC_FAILED|CUDA failure 2/i,
    sentence: "The device has not enough memory: take a smaller batch, or let no other program use it",
  },
  {
    pattern: /heap out of memory|Array buffer allocation failed|Cannot allocate memory|ENOMEM|MemoryError|bad_alloc|DefaultCPUAllocator/i,
    sentence: "There is not enough memory: take a smaller batch or fewer pairs, or end other programs",
  },
];

/** What to do about a failure, by the words of an error or the end of a log; undefined where nothing known is in them. */
export function explainFailure(text: string): string | undefined {
  return known.find(({ pattern }) => pattern.test(text))?.sentence;
}
