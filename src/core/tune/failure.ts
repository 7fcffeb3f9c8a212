import { plainTerminalText } from "../terminalText.ts";

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
  // accelerate's words for a trainer that it has started.
  { pattern: /died with <Signals\.SIGKILL/, sentence: killedFromOutside("The trainer") },
];

/** What is told of a trainer that ended by a signal which nobody here has sent. */
export function killedFromOutside(trainer: string): string {
  return `${trainer} was killed from outside, as systems do when memory runs out: resume the run`;
}

/** What to do about a failure, by the words of an error or the end of a log; undefined where nothing known is in them. */
export function explainFailure(text: string): string | undefined {
  const plain = plainTerminalText(text);
  return known.find(({ pattern }) => pattern.test(plain))?.sentence;
}

/** What a program said last of why it failed: the last error that it named, or else its last line. Bars of progress are drawn over each other by carriage returns. */
export function reasonIn(log: string): string {
  return errorIn(log) ?? linesOf(log).at(-1) ?? "";
}

/** The last error that a program of Python named; undefined where it named none. */
export function errorIn(log: string): string | undefined {
  // accelerate ends with an error of its own, which tells its command line and nothing of the trainer.
  return linesOf(log).findLast(
    (line) => /^[\w.]*(?:Error|Exception|Interrupt): /.test(line) && !line.startsWith("subprocess.CalledProcessError"),
  );
}

/** Some trainers show their errors in colours. */
function linesOf(log: string): readonly string[] {
  return plainTerminalText(log)
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
