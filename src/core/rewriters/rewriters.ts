import { parseOptions, type Options } from "../prune/options.ts";
import { addAttributes } from "./addAttributes.ts";
import { describePicture } from "./describePicture.ts";
import { factsFirst } from "./factsFirst.ts";
import { fixWrong } from "./fixWrong.ts";
import { fromLabel } from "./fromLabel.ts";
import { laclip } from "./laclip.ts";
import type { Rewriter } from "./rewriter.ts";
import { subCaptions } from "./subCaptions.ts";
import { tellApart } from "./tellApart.ts";
import { tidy } from "./tidy.ts";
import { translate } from "./translate.ts";

/** The rewriters, in the order in which they are offered. A new one is one file and one line here. */
export const rewriters: readonly Rewriter[] = [
  tidy,
  describePicture,
  fixWrong,
  laclip,
  tellApart,
  addAttributes,
  subCaptions,
  factsFirst,
  fromLabel,
  translate,
];

/** A rewriter by its id, with options as a person gave them. */
export interface GivenRewriter {
  readonly preset: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** The rewriter of an id with its options read (undefined ones are left out, numbers may be text); a sentence where something is wrong with them. */
export function parseRewriter({ preset, options: given }: GivenRewriter): { rewriter: Rewriter; options: Options } | string {
  const rewriter = rewriters.find(({ id }) => id === preset);
  if (rewriter === undefined) return `Expected one of the presets ${rewriters.map(({ id }) => id).join(", ")} but received ${preset}`;
  const options = parseOptions(rewriter.options, given);
  return typeof options === "string" ? options : { rewriter, options };
}
