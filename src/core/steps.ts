/**
 * Work that lets others have their turn: it yields at least after every `stepLength` items, so that a process that must answer meanwhile can
 * go on with it later. Its value does not depend on who drives it.
 */
export type Steps<Result> = Generator<void, Result, void>;

/** Items that are worked on between two yields: one to three milliseconds of a plain loop. */
export const stepLength = 1 << 16;

/** Does all of the work at once. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Walks a range in pieces and yields after each; items that are more work than a few additions want shorter pieces. */
export function* eachStep(count: number, work: (from: number, to: number) => void, length = stepLength): Steps<void> {
  for (let from = 0; from < count; from += length) {
    work(from, Math.min(count, from + length));
    yield;
  }
}
