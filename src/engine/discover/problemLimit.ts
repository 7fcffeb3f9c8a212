import { setImmediate as nextTurn } from "node:timers/promises";
import type { Problem, ProblemCode } from "../../core/problem.ts";
import type { Found } from "./reader.ts";

/** Problems of one code that are listed one by one. */
const listedPerCode = 1000;

/** Things found between two pauses, in which other work of the process goes on. */
const foundPerTurn = 4096;

/** Passes on what a reader found, with pauses; of more than 1,000 problems of one code the rest is told in one at the end. */
export async function* limitProblems(found: AsyncIterable<Found>): AsyncGenerator<Found> {
  const counts = new Map<ProblemCode, number>();
  const last = new Map<ProblemCode, Problem>();
  let passed = 0;
  for await (const one of found) {
    passed += 1;
    if (passed % foundPerTurn === 0) await nextTurn();
    if (one.kind === "problem") {
      const { code } = one.problem;
      const count = (counts.get(code) ?? 0) + 1;
      counts.set(code, count);
      if (count > listedPerCode) {
        last.set(code, one.problem);
        continue;
      }
    }
    yield one;
  }
  for (const [code, { severity, file, message }] of last) {
    const more = (counts.get(code) ?? 0) - listedPerCode;
    const summary = `${more} more of ${code} are not listed one by one, the last: ${message}`;
    yield {
      kind: "problem",
      problem: { code, severity, file, message: summary, hint: "Look at the first ones; where all are alike, one cause is behind them" },
    };
  }
}
