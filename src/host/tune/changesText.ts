import { formatDifference } from "../../core/tune/comparisonText.ts";
import type { AgainstRandom } from "../../protocol/againstRandom.ts";
import type { BeforeAfter, GroupChange, MovedPair, TuneReport } from "../../protocol/tuneReport.ts";
import { formatCount } from "../runText.ts";
import { escapeMarkdown } from "../tree/words.ts";

/** Of each list, as many as are read. */
const shown = 10;

/** What a run changed over the rows of the analysis, as sections of a document; `incomparable` says why it can't be asked whether it was the curation, where that is so. */
export function formatChanges(report: TuneReport, incomparable: string | null): readonly string[] {
  const { parity, canary, crowding, confusable, isDataChanged, fall } = report;
  const mean = ({ imageToText, textToImage }: { imageToText: number | null; textToImage: number | null }): string =>
    imageToText === null || textToImage === null ? "unknown" : `${(50 * (imageToText + textToImage)).toFixed(1)} %`;
  const change = ({ before, after }: BeforeAfter<number>): string => `${before.toFixed(2)} → ${after.toFixed(2)}`;
  return [
    "## Is it sound?",
    "",
    `- ${parity.agrees ? "The exported graphs give what was trained" : "**The exported graphs don't give what was trained**"}: cosine ${parity.leastCosine.toFixed(5)} at least, over ${formatCount(parity.pictures, "picture")} and ${formatCount(parity.texts, "text")}`,
    canary === null
      ? "- What it knew beside this dataset is unknown: the encoder didn't know Winnow's own pictures before"
      : `- ${canary.hasFallen ? "**It forgot what it knew beside this dataset**" : "What it knew beside this dataset"}: R@1 on ${formatCount(canary.pairs, "picture")} of Winnow's own ${mean(canary.recall.before)} → ${mean(canary.recall.after)}${fall === "forgotten" ? "; the last epoch forgot it, which ended the run" : ""}`,
    `- ${crowding.hasCollapsed ? "**Vectors have collapsed**" : "Vectors are apart"}: mean cosine between pictures ${change(crowding.images)}, between texts ${change(crowding.texts)}`,
    ...(isDataChanged ? ["- The pairs that are kept have changed since: which of them were trained on is unknown"] : []),
    "",
    ...pairsOf("Rose most", report.ups),
    ...pairsOf("Fell most", report.downs),
    ...groupsOf("Confusable groups that are separated now", confusable.separated),
    ...groupsOf("Confusable groups that are confused still", confusable.stillConfused),
    "## Was it the curation?",
    "",
    report.againstRandom === null ? (incomparable ?? unasked) : formatAgainstRandom(report.againstRandom),
    "",
  ];
}

const unasked = "Nobody asked yet: _Was It the Curation?_ on the run in the side bar trains on as many random pairs.";

/** What the same training on random pairs says, in a sentence or two. */
export function formatAgainstRandom(compared: AgainstRandom): string {
  const { pairs, ofPairs, curated, random } = compared;
  const mean = (shares: readonly number[]): string =>
    `${((100 * shares.reduce((sum, share) => sum + share, 0)) / shares.length).toFixed(1)} %`;
  return `R@1 is ${mean(curated)} after training on the ${formatCount(pairs, "kept pair")} and ${mean(random)} on as many of all ${ofPairs.toLocaleString("en")} at random, ${formatDifference(compared)}`;
}

function pairsOf(title: string, pairs: readonly MovedPair[]): readonly string[] {
  const parts = { train: "trained on", heldOut: "held out", neither: "not in the run" } as const;
  const rows = pairs.slice(0, shown).map(({ sample, captionIndex, caption, part, percentile: { before, after } }) => {
    const pair = escapeMarkdown(`${sample} #${captionIndex}`);
    return [`${before.toFixed(0)} → ${after.toFixed(0)}`, pair, parts[part], escapeMarkdown(caption)];
  });
  return table(title, ["percentile", "pair", "in the run", "caption"], rows);
}

function groupsOf(title: string, groups: readonly GroupChange[]): readonly string[] {
  const rows = groups.slice(0, shown).map(({ name, gap, members }) => {
    const some = members.slice(0, 3).map(escapeMarkdown).join(", ");
    return [escapeMarkdown(name), `${gap.before.toFixed(2)} → ${gap.after.toFixed(2)} σ`, `${some}${members.length > 3 ? ", …" : ""}`];
  });
  return table(`${title}: ${groups.length.toLocaleString("en")}`, ["group", "gap", "pictures"], rows);
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [`## ${title}`, "", "None.", ""];
  const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll(/\s+/g, " ")).join(" | ")} |`;
  return [`## ${title}`, "", row(head), row(head.map(() => "---")), ...rows.map(row), ""];
}
