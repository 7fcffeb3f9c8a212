import { copyKinds } from "../core/prune/keepBest.ts";
import { keepBest } from "../engine/requests/keepBest.ts";
import type { KeepBy, KeptBest } from "../protocol/groups.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { choiceOption, exitCodes, hasOption, textOption } from "./command.ts";
import { withAnalysed } from "./opened.ts";
import { runOptions } from "./run.ts";

const measures: readonly KeepBy[] = ["score", "resolution", "captionLength"];

/** How many groups a person sees; `--json` lists up to 500. */
const shownLimit = 20;

/** `winnow keep-best`: one of each group of copies. */
export const keepBestCommand: Command = {
  name: "keep-best",
  operands: "<folder>",
  summary: "keep the best of each group of copies by your own word, and drop the others with --apply",
  options: {
    ...runOptions,
    kind: { type: "string", value: copyKinds.join("|"), help: "the kind of copies (nearDuplicate)" },
    by: { type: "string", value: measures.join("|"), help: "what makes the best (score)" },
    group: { type: "string", value: "id,…", help: "these groups alone" },
    apply: { type: "boolean", help: "drop the others; without it this is a dry run" },
  },
  run: keepBestCopies,
};

async function keepBestCopies(call: Call): Promise<ExitCode> {
  const kind = choiceOption(call.words, "kind", copyKinds) ?? "nearDuplicate";
  const by = choiceOption(call.words, "by", measures) ?? "score";
  const groups = textOption(call.words, "group")?.split(",");
  const apply = hasOption(call.words, "apply");
  return await withAnalysed(call, async (dataset, root) => {
    const answer = await keepBest(call.env, dataset, { root, kind, by, apply, ...(groups === undefined ? {} : { groups }) }, call);
    call.print(call.json ? JSON.stringify(answer) : formatKept(answer, apply));
    return exitCodes.done;
  });
}

function formatKept({ kept, groups, dropped, operation }: KeptBest, apply: boolean): string {
  const lines = kept.slice(0, shownLimit).map(({ group, sample, why }) => `  ${group}: ${sample} (${why})`);
  return [
    `${groups} groups: keeps the best of each, drops ${dropped} samples`,
    ...lines,
    ...(groups > lines.length ? [`  … and ${groups - lines.length} more`] : []),
    operation !== null
      ? `Applied as ${operation}; "winnow undo" takes it back`
      : apply
        ? "Nothing changed: it was so already"
        : "A dry run: nothing was written; --apply does it",
  ].join("\n");
}
