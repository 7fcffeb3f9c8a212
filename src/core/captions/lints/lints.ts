import { echo } from "./echo.ts";
import { empty } from "./empty.ts";
import { firstLine } from "./firstLine.ts";
import { leftRight } from "./leftRight.ts";
import type { Lint, LintContext, LintFinding } from "./lint.ts";
import { mojibake } from "./mojibake.ts";
import { preamble } from "./preamble.ts";
import { refusal } from "./refusal.ts";
import { repetition } from "./repetition.ts";
import { tooLong } from "./tooLong.ts";
import { unfinished } from "./unfinished.ts";
import { unknownTokens } from "./unknownTokens.ts";
import { whiteSpace } from "./whiteSpace.ts";

/** The lints that look at one caption, the gravest first. A new one is one file and one line here. */
export const lints: readonly Lint[] = [
  empty,
  refusal,
  mojibake,
  repetition,
  echo,
  unfinished,
  preamble,
  tooLong,
  firstLine,
  leftRight,
  whiteSpace,
  unknownTokens,
];

/** What the lints find in a caption, in the order of the registry. */
export function lintCaption(text: string, context: LintContext = {}): LintFinding[] {
  return lints.flatMap(({ id, check }) => check(text, context).map((finding) => ({ ...finding, lint: id })));
}
