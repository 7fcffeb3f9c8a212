import { formatDifference } from "../core/tune/comparisonText.ts";
import type { AgainstRandom } from "../protocol/againstRandom.ts";
import type { BeforeAfter, GroupChange, MovedPair, RecallShares, TuneReport } from "../protocol/tuneReport.ts";

/** Of each list, as many as fit a screen. */
const shown = 5;

/** What a person reads of what a run changed. */
export function formatTuneReport(report: TuneReport): string {
  const { run, encoder, title, epochs, bestEpoch, tuned, isDataChanged } = report;
  const changed = isDataChanged ? ["  the pairs that are kept have changed since: which of them were trained on is not known"] : [];
  const sections = [
    [`${run}: ${title}, on ${encoder}`, `  the best of ${epochs} epochs is ${bestEpoch}; the tuned encoder is in ${tuned}`, ...changed],
    ["R@1 on what is held out", ...formatRecall(report.heldOut.recall), ...formatSize(report)],
    ["Is it sound?", formatParity(report), formatCanary(report), formatCrowding(report)],
    ["Rose most (percentile among all pairs)", ...report.ups.slice(0, shown).map(formatMove)],
    ["Fell most", ...report.downs.slice(0, shown).map(formatMove)],
    formatGroups(report),
    [
      "Was it the curation?",
      ...(report.againstRandom === null ? ["  nobody asked yet: --against-random 5"] : formatAgainstRandom(report.againstRandom)),
    ],
    ["What to do next", ...report.next.map((step) => `  ${step}`)],
  ];
  return sections.map((lines) => (lines.length === 1 ? [...lines, "  none"] : lines).join("\n")).join("\n\n");
}

/** What a person reads of the same training on random pairs. */
export function formatAgainstRandom(compared: AgainstRandom): readonly string[] {
  const { pairs, ofPairs, curated, random } = compared;
  const mean = (shares: readonly number[]): number => shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return [
    `  mean R@1 of what is held out: ${percent(mean(curated))} on the ${pairs} kept pairs, ${percent(mean(random))} on as many of all ${ofPairs} at random`,
    `  ${formatDifference(compared)}`,
  ];
}

/** A share as people read it. */
export function percent(share: number | null): string {
  return share === null || Number.isNaN(share) ? "unknown" : `${(100 * share).toFixed(1)} %`;
}

function formatRecall({ before, after }: BeforeAfter<RecallShares>): readonly string[] {
  return [
    `  image to text ${percent(before.imageToText)} before, ${percent(after.imageToText)} after`,
    `  text to image ${percent(before.textToImage)} before, ${percent(after.textToImage)} after`,
  ];
}

function formatSize({ heldOut: { images, captions } }: TuneReport): readonly string[] {
  return images === null ? [] : [`  of ${images} images with ${captions} captions`];
}

function formatParity({ parity: { pictures, texts, leastCosine, agrees } }: TuneReport): string {
  const verdict = agrees ? "the exported graphs give what was trained" : "the exported graphs DON'T give what was trained";
  return `  ${verdict}: cosine ${leastCosine.toFixed(5)} at least over ${pictures} pictures and ${texts} texts`;
}

function formatCanary({ canary, fall }: TuneReport): string {
  if (canary === null) return "  what it knew beside this dataset: not told, for the encoder didn't know Winnow's own pictures before";
  const mean = ({ imageToText, textToImage }: RecallShares): string =>
    percent(imageToText === null || textToImage === null ? null : (imageToText + textToImage) / 2);
  const verdict = canary.hasFallen ? "it FORGOT what it knew beside this dataset" : "what it knew beside this dataset";
  return `  ${verdict}: R@1 on ${canary.pairs} pictures of Winnow's own ${mean(canary.recall.before)} before, ${mean(canary.recall.after)} after${fall === "forgotten" ? "; the last epoch forgot it, which ended the run" : ""}`;
}

function formatCrowding({ crowding: { images, texts, hasCollapsed } }: TuneReport): string {
  const change = ({ before, after }: BeforeAfter<number>): string => `${before.toFixed(2)} before, ${after.toFixed(2)} after`;
  const verdict = hasCollapsed ? "vectors have COLLAPSED" : "vectors are apart";
  return `  ${verdict}: mean cosine between pictures ${change(images)}; between texts ${change(texts)}`;
}

function formatMove({ sample, captionIndex, caption, part, percentile: { before, after } }: MovedPair): string {
  const where = { train: "trained on", heldOut: "held out", neither: "not in the run" }[part];
  return `  ${before.toFixed(0).padStart(3)} → ${after.toFixed(0).padStart(3)}  ${sample} #${captionIndex} (${where})  "${shorten(caption)}"`;
}

function formatGroups({ confusable: { margin, separated, stillConfused, others } }: TuneReport): readonly string[] {
  const line = ({ id, gap, members }: GroupChange): string =>
    `    ${id}  ${gap.before.toFixed(2)} → ${gap.after.toFixed(2)} σ  ${members.slice(0, 3).join(", ")}${members.length > 3 ? ", …" : ""}`;
  const list = (title: string, groups: readonly GroupChange[]): readonly string[] => [
    `  ${title}: ${groups.length}`,
    ...groups.slice(0, shown).map(line),
  ];
  return [
    `Confusable groups (confused above −${margin} σ)`,
    ...list("separated", separated),
    ...list("still confused", stillConfused),
    ...(others > 0 ? [`  neither: ${others}`] : []),
  ];
}

function shorten(text: string): string {
  return text.length > 70 ? `${text.slice(0, 69)}…` : text;
}
