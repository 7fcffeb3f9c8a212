import { html, nothing, type TemplateResult } from "lit-html";
import type { GroupDetail, GroupMemberRow, KeepBy } from "../../../src/protocol/groups.ts";
import { formatCount } from "../../format.ts";
import { scoreChip, verdictMark } from "../../parts/marks.ts";
import type { Thumbnails } from "../../thumbnails.ts";
import { captionOf } from "./heatMap.ts";

/** What a group of pictures shows and tells. `best` is the sample that would stay, with why. */
export interface MemberGrid {
  readonly group: GroupDetail;
  readonly thumbnails: Thumbnails;
  readonly best: { readonly sample: string; readonly why: string } | undefined;
  readonly onInspect: (sample: string) => void;
  readonly onKeepOnly: (member: GroupMemberRow) => void;
  readonly onDecide: (member: GroupMemberRow, decision: "keep" | "drop") => void;
}

/** Members of a group as large tiles with what tells them apart. */
export function memberGridTemplate({ group, thumbnails, best, onInspect, onKeepOnly, onDecide }: MemberGrid): TemplateResult {
  const hasKeeper = ["duplicate", "pixelDuplicate", "nearDuplicate", "sameImage"].includes(group.kind);
  return html`<ul class="member-grid">
    ${group.members.map((member) => {
      const { row } = member;
      const caption = row.captions.find(({ captionIndex }) => captionIndex === member.captionIndex) ?? row.captions[0];
      const score = caption?.signals["clipScore"];
      const percentile = caption?.signals["clipScorePercentile"];
      const isBest = best?.sample === row.sample;
      return html`<li class="member ${row.verdict === "drop" ? "dropped" : ""} ${isBest ? "best" : ""}">
        <button class="picture-button" title="Inspect ${row.sample}" @click=${() => onInspect(row.sample)}>
          <winnow-thumbnail .source=${thumbnails} .sample=${row.sample} .side=${256} .alt=${captionOf(member)}></winnow-thumbnail>
        </button>
        <div class="member-facts">
          ${scoreChip(typeof score === "number" ? score : null, typeof percentile === "number" ? percentile : null)}
          <span class="quiet"
            >${row.width === null || row.height === null ? "can't be decoded" : `${formatCount(row.width)} × ${formatCount(row.height)}`}</span
          >
          ${caption === undefined ? nothing : verdictMark(caption)}
          ${isBest ? html`<span class="best-mark" title=${best.why}><span class="codicon codicon-star-full" aria-hidden="true"></span> best</span>` : nothing}
        </div>
        ${isBest ? html`<p class="quiet">${best.why}</p>` : nothing}
        <p class="member-text">${captionOf(member)}</p>
        <p class="quiet member-name" title=${row.sample}>${row.sample}</p>
        <div class="member-actions">
          ${
            hasKeeper
              ? html`<vscode-button appearance="secondary" title="Keeps this one and drops the others" @click=${() => onKeepOnly(member)}
                  >Keep only this</vscode-button
                >`
              : nothing
          }
          ${
            row.verdict === "drop"
              ? html`<vscode-button appearance="secondary" @click=${() => onDecide(member, "keep")}>Keep</vscode-button>`
              : html`<vscode-button appearance="secondary" @click=${() => onDecide(member, "drop")}>Drop</vscode-button>`
          }
        </div>
      </li>`;
    })}
  </ul>`;
}

/** How the best of a group may be chosen, in words. */
export const keepByNames: Readonly<Record<KeepBy, string>> = {
  score: "best CLIP score",
  resolution: "most pixels",
  captionLength: "longest caption",
};
