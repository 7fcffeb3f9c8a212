import type { FileCaption } from "../../protocol/captionFiles.ts";
import type { Nearest } from "../../protocol/inspection.ts";

/** What a hover over a caption tells. `picture` is a small picture as a data URI. */
export interface HoverParts {
  readonly caption: FileCaption;
  readonly picture: string | undefined;
  readonly wrong: Nearest["captions"][number] | undefined;
}

/** The hover's Markdown. Captions are the dataset's: what Markdown would read in them is taken as it stands. */
export function hoverText({ caption, picture, wrong }: HoverParts): string {
  const { sample, score, below, group } = caption;
  const lines = [
    ...(picture === undefined ? [] : [`![${escapeMarkdown(sample)}](${picture})`]),
    `**${escapeMarkdown(sample)}**`,
    score === null ? "Score unknown: the analysis has none for this caption" : `Score ${score.toFixed(3)}${standing(below)}`,
    ...(wrong === undefined
      ? []
      : [`Nearest wrong caption, ${wrong.score.toFixed(3)}: “${escapeMarkdown(wrong.text)}” (${escapeMarkdown(wrong.sample)})`]),
    ...(group === null ? [] : [`In the group ${escapeMarkdown(group.name)} of ${group.members}`]),
  ];
  return lines.join("\n\n");
}

function standing(below: number | null): string {
  return below === null ? "" : `, higher than ${Math.round(100 * below)} % of the dataset's`;
}

/** A text so that Markdown shows it as it is, on one line. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_{}[\]()#+\-.!|<>~&$]/g, "\\$&");
}
