import type { GroupKind } from "../core/group.ts";
import { groupKinds } from "../core/group.ts";
import { listGroups } from "../engine/requests/groups.ts";
import type { ListedGroup } from "../protocol/engineApi.ts";
import { ensureAnalysed } from "./analysed.ts";
import type { Call, Command, ExitCode } from "./command.ts";
import { choiceOption, exitCodes, UsageError } from "./command.ts";
import { runOptions } from "./run.ts";

/** `winnow groups`: groups of one kind with their members and cross-scores. */
export const groupsCommand: Command = {
  name: "groups",
  operands: "<folder>",
  summary: "list groups of a kind: duplicates, confusable pairs, concepts",
  options: { ...runOptions, kind: { type: "string", value: groupKinds.join("|"), help: "the kind of groups" } },
  run: printGroups,
};

async function printGroups(call: Call): Promise<ExitCode> {
  const kind = choiceOption<GroupKind>(call.words, "kind", groupKinds);
  if (kind === undefined) throw new UsageError(`Expected --kind, one of ${groupKinds.join(", ")}`);
  const groups = await listGroups(call.env, await ensureAnalysed(call), kind);
  call.print(call.json ? JSON.stringify(groups) : groups.map(formatGroup).join("\n\n") || `No groups of the kind ${kind}`);
  return exitCodes.done;
}

function formatGroup(group: ListedGroup): string {
  const width = group.members.reduce((widest, { sample }) => Math.max(widest, sample.length), 0);
  const lines = group.members.map((member, row) => {
    const scores = group.scores?.[row]?.map((score) => (score === null ? "   ?  " : score.toFixed(3).padStart(6))).join(" ");
    return `  ${member.sample.padEnd(width)}${member.captionIndex === null ? "" : ` #${member.captionIndex}`}${scores === undefined ? "" : `  ${scores}`}`;
  });
  const review = group.review === null ? [] : [`  (for review: ${group.review})`];
  const words = group.relations.map(({ left, right, relation }) => `  (${relation}: ${nameOf(group, left)} and ${nameOf(group, right)})`);
  return [`${group.id} · ${group.name}`, ...review, ...lines, ...words].join("\n");
}

function nameOf({ members }: ListedGroup, place: number): string {
  const { sample = "", captionIndex = null } = members[place] ?? {};
  return captionIndex === null ? sample : `${sample} #${captionIndex}`;
}
