import { operations, parseOperation } from "../core/captions/operations/operations.ts";
import { WhereError } from "../core/where.ts";
import { applyEdit, previewEdit } from "../engine/requests/batchEdit.ts";
import { EditError } from "../engine/requests/editThread.ts";
import { FieldError } from "../engine/store/filters.ts";
import type { AppliedEdit, EditCaptionsRequest, EditCounts, EditedCaption, EditPreview } from "../protocol/captionEdits.ts";
import type { Call, Command, ExitCode, Option } from "./command.ts";
import { exitCodes, hasOption, numberOption, textOption, UsageError } from "./command.ts";
import { withAnalysed } from "./opened.ts";
import { flagsOf, optionsFromWords } from "./optionFlags.ts";
import { runOptions } from "./run.ts";

const ownOptions = {
  where: {
    type: "string",
    value: "filter",
    help: 'only captions that fit, such as: caption ~ "left" and folder = night; the whole dataset without it',
  },
  bucket: { type: "string", value: "id", help: "only captions of a bucket, such as truncated" },
  limit: { type: "string", value: "n", help: "show so many of the changes (10)" },
  apply: { type: "boolean", help: "change the files; without it this is a dry run" },
} as const satisfies Record<string, Option>;

/** `winnow edit`: one operation on many captions, dry without `--apply`. The operations' own options come from their tables. */
export const editCommand: Command = {
  name: "edit",
  operands: "<folder> <operation>",
  summary: `change many captions alike: ${operations.map(({ id }) => id).join(", ")}`,
  options: { ...runOptions, ...flagsOf(operations), ...ownOptions },
  run: editCaptions,
};

type Asked = Omit<EditCaptionsRequest, "root">;

async function editCaptions(call: Call): Promise<ExitCode> {
  const asked = askedFromWords(call);
  const limit = numberOption(call.words, "limit") ?? 10;
  const watch = {
    signal: call.signal,
    onProgress: (done: number, total: number) => call.onProgress({ stage: "write", done, cached: 0, total }),
  };
  return await withAnalysed(call, async (dataset) => {
    try {
      const preview = await previewEdit(call.env, dataset, { ...asked, from: 0, limit }, watch);
      if (!hasOption(call.words, "apply")) {
        call.print(call.json ? JSON.stringify({ ...preview, operation: null }) : formatPreview(asked, preview));
        return exitCodes.done;
      }
      const applied = await applyEdit(call.env, dataset, asked, watch);
      call.print(call.json ? JSON.stringify({ ...applied, rows: preview.rows }) : formatApplied(asked, applied));
      return applied.left === 0 ? exitCodes.done : exitCodes.doneWithProblems;
    } catch (error) {
      if (error instanceof WhereError || error instanceof FieldError || error instanceof EditError) throw new UsageError(error.message);
      throw error;
    }
  });
}

function askedFromWords({ words }: Call): Asked {
  const [, operation] = words.positionals;
  if (operation === undefined) throw new UsageError(`Expected an operation, one of ${operations.map(({ id }) => id).join(", ")}`);
  const parsed = parseOperation({ operation, options: optionsFromWords(words, operations, { id: operation, noun: "operation" }) });
  if (typeof parsed === "string") throw new UsageError(parsed);
  const [where, bucket] = [textOption(words, "where"), textOption(words, "bucket")];
  if (where !== undefined && bucket !== undefined) throw new UsageError("Expected --where or --bucket but received both");
  const scope: Asked["scope"] =
    where !== undefined ? { kind: "where", where } : bucket !== undefined ? { kind: "bucket", bucket } : { kind: "dataset" };
  return { operation, options: parsed.options, scope };
}

function formatPreview(asked: Asked, preview: EditPreview): string {
  const { rows, changed } = preview;
  return [
    `${asked.operation}: would change ${changed} of ${preview.total} in ${preview.files} files`,
    ...rows.map(formatRow),
    ...(changed > rows.length ? [`  … and ${changed - rows.length} more (--limit shows more)`] : []),
    ...formatCounts(preview),
    "A dry run: nothing was written; --apply does it",
  ].join("\n");
}

function formatApplied(asked: Asked, applied: AppliedEdit): string {
  const { operation, left, leftCaptions } = applied;
  const listed = leftCaptions.map(({ sample, captionIndex, reason }) => `  ${nameOf(sample, captionIndex)}: ${reason}`);
  return [
    `${asked.operation}: changed ${applied.applied} of ${applied.total}`,
    ...formatCounts(applied),
    ...(left === 0
      ? []
      : [`${left} were left as they are:`, ...listed, ...(left > listed.length ? [`  … and ${left - listed.length} more`] : [])]),
    operation === null ? "Nothing was written" : `Applied as ${operation}; "winnow undo" takes it back, "winnow run" scores the new texts`,
  ].join("\n");
}

function formatCounts({ frozen, fixed, fixedReasons, empty, likeSibling, overTokens }: EditCounts): string[] {
  const count = (number: number, text: string): string[] => (number === 0 ? [] : [`${number} ${text}`]);
  return [
    ...count(frozen, "of the evaluation split are left as they are"),
    ...count(fixed, `can't be changed in place: ${fixedReasons.join("; ")}`),
    ...count(empty, "have no text then"),
    ...count(likeSibling, "say the same as another caption of their picture then"),
    ...(overTokens === null || overTokens.before + overTokens.after === 0
      ? []
      : [`${overTokens.before} of the changed are cut off by the encoder at ${overTokens.limit} tokens before, ${overTokens.after} after`]),
  ];
}

/** `a.jpg #0: a [-cat-] {+dog+}`, as git tells words apart. */
function formatRow({ sample, captionIndex, diff }: EditedCaption): string {
  const parts = diff.map(({ kind, text }) => (kind === "same" ? text : kind === "removed" ? `[-${text}-]` : `{+${text}+}`));
  return `  ${nameOf(sample, captionIndex)}: ${parts.join("").replaceAll("\n", "⏎")}`;
}

function nameOf(sample: string, captionIndex: number | null): string {
  return captionIndex === null ? sample : `${sample} #${captionIndex}`;
}
