import { html, nothing, type TemplateResult } from "lit-html";
import type { GroupDetail, GroupMemberRow, Relation } from "../../../src/protocol/groups.ts";
import { formatValue } from "../../format.ts";
import { scoreChip, verdictMark } from "../../parts/marks.ts";
import { wordDifference } from "../../parts/wordDiff.ts";
import type { Thumbnails } from "../../thumbnails.ts";
import { captionOf, type Cell, letterOf, relationBetween } from "./heatMap.ts";

/** What the comparison of two members shows, and what can be done about them. */
export interface PairCompare {
  readonly group: GroupDetail;
  readonly cell: Cell;
  readonly thumbnails: Thumbnails;
  readonly onRelate: (relation: Relation | "clear") => void;
  readonly onInspect: (sample: string) => void;
  readonly onDrop: (member: GroupMemberRow) => void;
}

/** Two members side by side with the words that differ, and the actions for them. */
export function pairCompareTemplate(compare: PairCompare): TemplateResult {
  const { group, cell } = compare;
  if (cell.image === cell.caption)
    return html`<div class="compare">${memberTemplate(compare, cell.image, captionOf(group.members[cell.image]!))}</div>`;
  const words = wordDifference(captionOf(group.members[cell.image]!), captionOf(group.members[cell.caption]!));
  const relation = relationBetween(group, cell);
  const cross = [
    [cell.image, cell.caption],
    [cell.caption, cell.image],
  ] as const;
  return html`<div class="compare">
      ${memberTemplate(compare, cell.image, words.left)} ${memberTemplate(compare, cell.caption, words.right)}
    </div>
    <p class="quiet cross-scores">
      ${cross.map(
        ([image, caption]) =>
          html`<span
            >Picture ${letterOf(image)} with caption ${letterOf(caption)}:
            <b>${formatValue(group.scores?.[image]?.[caption], "cosine")}</b></span
          > `,
      )}
    </p>
    <div class="compare-actions" role="group" aria-label="What the two are to each other">
      ${relateChoices.map((choice) => relateButton(compare, relation, choice))}
      ${
        relation === undefined
          ? nothing
          : html`<vscode-button appearance="secondary" title="Takes back what was said of the two" @click=${() => compare.onRelate("clear")}
              >Clear</vscode-button
            >`
      }
    </div>`;
}

interface RelateChoice {
  readonly relation: Relation;
  readonly label: string;
  readonly about: string;
}

const relateChoices: readonly RelateChoice[] = [
  {
    relation: "hardNegative",
    label: "Keep as hard negative",
    about: "Both captions are right and differ: a good lesson for the model",
  },
  {
    relation: "falseNegative",
    label: "Mark false negative",
    about: "Each caption fits the other picture too: training must not push them apart",
  },
  { relation: "duplicate", label: "Merge as duplicate", about: "They show the same: all but the first are dropped" },
];

function relateButton({ onRelate }: PairCompare, current: Relation | undefined, { relation, label, about }: RelateChoice): TemplateResult {
  const isCurrent = current === relation;
  return html`<vscode-button
    appearance=${isCurrent ? "primary" : "secondary"}
    aria-pressed=${isCurrent}
    title=${about}
    @click=${() => onRelate(relation)}
    >${label}</vscode-button
  >`;
}

function memberTemplate({ group, thumbnails, onInspect, onDrop }: PairCompare, at: number, words: TemplateResult | string): TemplateResult {
  const member = group.members[at]!;
  const caption = member.row.captions.find(({ captionIndex }) => captionIndex === member.captionIndex) ?? member.row.captions[0];
  const score = caption?.signals["clipScore"];
  const percentile = caption?.signals["clipScorePercentile"];
  return html`<figure class="compared">
    <winnow-thumbnail .source=${thumbnails} .sample=${member.row.sample} .side=${384} .alt=${captionOf(member)}></winnow-thumbnail>
    <figcaption>
      <div class="compared-head">
        <b>${letterOf(at)}</b> ${scoreChip(typeof score === "number" ? score : null, typeof percentile === "number" ? percentile : null)}
        ${caption === undefined ? nothing : verdictMark(caption)}
        <span class="quiet compared-name" title=${member.row.sample}>${member.row.sample}</span>
      </div>
      <p class="compared-text">${words}</p>
      <vscode-button appearance="secondary" title="Open in the inspector to change the caption" @click=${() => onInspect(member.row.sample)}
        >Rewrite…</vscode-button
      >
      <vscode-button appearance="secondary" @click=${() => onDrop(member)}>Drop</vscode-button>
    </figcaption>
  </figure>`;
}
