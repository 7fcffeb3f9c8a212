import { html, nothing, render, type TemplateResult } from "lit-html";
import type { GroupKind } from "../../../src/core/group.ts";
import type { GroupDetail, KeepBy, KeptBest } from "../../../src/protocol/groups.ts";
import type { Destination, PanelAction, PanelSnapshot } from "../../../src/protocol/panelApi.ts";
import type { PanelContext, View } from "../../context.ts";
import { formatCounted } from "../../format.ts";
import { createSlot } from "../../slots.ts";
import { decideMember, keepBest, keepBestOfAll, keepOnly, relateCell, rewriteDifferences } from "./groupActions.ts";
import { groupListTemplate } from "./groupList.ts";
import { type Cell, heatMapTemplate } from "./heatMap.ts";
import { keepByNames, memberGridTemplate } from "./memberGrid.ts";
import { pairCompareTemplate } from "./pairCompare.ts";

/** The kinds of groups in the order in which they are offered. */
const kinds: readonly { readonly kind: GroupKind; readonly title: string; readonly about: string }[] = [
  { kind: "confusable", title: "Confusable", about: "Pairs that the encoder can't tell apart: hard negatives" },
  { kind: "duplicate", title: "Same file or pixels", about: "Pictures of equal bytes or equal pixels" },
  { kind: "nearDuplicate", title: "Near-duplicates", about: "Edited copies: cropped, mirrored, recompressed, tinted" },
  { kind: "sameCaption", title: "Same caption", about: "Different pictures with the same words" },
  { kind: "sameImage", title: "Same picture", about: "One picture with several captions" },
  { kind: "concept", title: "Concepts", about: "Pictures of one kind, named by what their captions share" },
  { kind: "falseNegative", title: "Possible false negatives", about: "Equal captions or copies that a batch would push apart" },
];
const copyKinds: ReadonlySet<GroupKind> = new Set(["duplicate", "nearDuplicate"]);
const fields = ["clipScore", "clipScorePercentile"];
const pageSize = 50;

/** Makes the view of groups: a list by kind, and one group with what can be done about it. */
export function createGroups(context: PanelContext): View {
  return new GroupsView(context);
}

class GroupsView implements View {
  readonly id = "groups";
  readonly element = document.createElement("section");
  readonly #context: PanelContext;
  readonly #slots = { list: createSlot(), best: createSlot(), detail: createSlot() };
  #kind: GroupKind;
  #by: KeepBy = "score";
  #groups: readonly GroupDetail[] = [];
  #count: number | undefined;
  #chosen: string | undefined;
  #cell: Cell | null = null;
  #best: KeptBest | undefined;
  /** The chosen group with all its members: a page of groups has the first of each alone. */
  #whole: GroupDetail | undefined;

  constructor(context: PanelContext) {
    this.#context = context;
    this.element.className = "groups-view";
    const kept = context.store.detail("groups");
    const { kind, group } = (typeof kept === "object" && kept !== null ? kept : {}) as Record<string, unknown>;
    this.#kind = kinds.find((known) => known.kind === kind)?.kind ?? "confusable";
    if (typeof group === "string") this.#chosen = group;
  }

  show(destination?: Destination): void {
    const kind = kinds.find((known) => known.kind === destination?.kind)?.kind;
    if (destination?.kind === "pixelDuplicate") this.#kind = "duplicate";
    if (kind !== undefined) this.#kind = kind;
    if (destination?.group !== undefined) this.#choose(destination.group);
    if (kind !== undefined || this.#count === undefined) void this.#load();
    else this.#draw();
  }

  hide(): void {
    this.#slots.list.stop();
  }

  onSnapshot({ overview }: PanelSnapshot, { overview: before }: PanelSnapshot): void {
    const isAnalysedAnew = overview.analysed?.generation !== before.analysed?.generation;
    if (!isAnalysedAnew && overview.state === before.state) return;
    this.#count = undefined;
    if (this.element.isConnected) void this.#load(Math.max(pageSize, this.#groups.length));
  }

  perform(action: PanelAction): boolean {
    if (action === "toggleInspector") {
      const group = this.#group();
      const member = group?.members[this.#cell?.image ?? 0];
      if (member === undefined || this.#context.store.get().inspected !== null) return false;
      this.#context.inspect(member.row.sample);
      return true;
    }
    return action === "keep" || action === "drop" || action === "review"; // without a list there is nothing that they could mean
  }

  async #load(count = pageSize): Promise<void> {
    const { host, fail, snapshot } = this.#context;
    this.#draw();
    if (snapshot().overview.analysed === null) return;
    try {
      const page = await this.#slots.list.run(async (signal) => {
        const loaded = await host.call("readGroups", { kind: this.#kind, from: 0, to: count, fields }, { signal });
        const wanted = this.#chosen;
        if (wanted === undefined || loaded.groups.some(({ id }) => id === wanted)) return loaded;
        const own = await host.call("readGroups", { kind: this.#kind, from: 0, to: 1, fields, group: wanted }, { signal });
        return { ...loaded, groups: [...own.groups, ...loaded.groups] };
      });
      if (page === undefined) return;
      this.#groups = page.groups;
      this.#count = page.count;
      if (this.#group() === undefined) this.#choose(page.groups[0]?.id);
      this.#whole = undefined;
      await this.#loadChosen();
    } catch (error) {
      fail(error);
    }
    this.#draw();
  }

  /** Reads the rest of the chosen group: all its members, and which of its copies would stay, told before anything is done. */
  async #loadChosen(): Promise<void> {
    const { host } = this.#context;
    const group = this.#group();
    this.#best = undefined;
    if (group === undefined) return;
    if (group.members.length < group.size) {
      const request = { kind: this.#kind, from: 0, to: 1, fields, group: group.id };
      this.#whole = (await this.#slots.detail.run((signal) => host.call("readGroups", request, { signal })))?.groups[0];
    }
    if (!copyKinds.has(this.#kind)) return;
    const request = { kind: this.#kind, groups: [group.id], by: this.#by, apply: false };
    this.#best = await this.#slots.best.run((signal) => host.call("keepBest", request, { signal }));
  }

  #drawChosen(): void {
    this.#draw();
    void this.#loadChosen().then(() => this.#draw(), this.#context.fail);
  }

  #group(): GroupDetail | undefined {
    if (this.#whole?.id === this.#chosen) return this.#whole;
    return this.#groups.find(({ id }) => id === this.#chosen);
  }

  #choose(group: string | undefined): void {
    if (group !== this.#chosen) this.#cell = null;
    this.#chosen = group;
    this.#context.store.setDetail("groups", { kind: this.#kind, group: group ?? null });
  }

  #draw(): void {
    render(this.#template(), this.element);
  }

  #template(): TemplateResult {
    return html`
      <nav class="group-list">
        <div class="view-bar">
          <select
            class="select"
            aria-label="Kind of groups"
            @change=${(event: Event) => this.#chooseKind((event.target as HTMLSelectElement).value)}
          >
            ${kinds.map(({ kind, title, about }) => html`<option value=${kind} title=${about} .selected=${kind === this.#kind}>${title}</option>`)}
          </select>
          <span class="quiet">${this.#count === undefined ? "" : formatCounted(this.#count, "group")}</span>
        </div>
        ${this.#listTemplate()}
      </nav>
      <div class="group-detail">${this.#detailTemplate()}</div>
    `;
  }

  #listTemplate(): TemplateResult {
    return groupListTemplate({
      groups: this.#groups,
      chosen: this.#chosen,
      more: Math.min(pageSize, (this.#count ?? 0) - this.#groups.length),
      thumbnails: this.#context.thumbnails,
      onChoose: ({ id }) => {
        this.#choose(id);
        this.#drawChosen();
      },
      onMore: () => void this.#load(this.#groups.length + pageSize),
    });
  }

  #detailTemplate(): TemplateResult {
    const group = this.#group();
    if (this.#context.snapshot().overview.analysed === null) return empty("Nothing to group yet: analyse the dataset first");
    if (this.#count === 0)
      return empty(`The dataset has no groups of this kind. ${kinds.find(({ kind }) => kind === this.#kind)?.about ?? ""}`);
    if (group === undefined) return html``;
    return html`
      <div class="group-head">
        <h2>${group.name}</h2>
        <span class="quiet">${formatCounted(group.size, "member")}</span>
        ${group.review === null ? nothing : html`<span class="stale">${group.review}</span>`}
        <span class="group-actions">
          ${copyKinds.has(this.#kind) ? this.#keepBestTemplate(group) : nothing}
          ${
            group.kind === "confusable"
              ? html`<vscode-button
                  appearance="secondary"
                  title="Have a model write captions that tell these pictures apart"
                  @click=${() => rewriteDifferences(this.#context, group)}
                  >Rewrite what differs…</vscode-button
                >`
              : nothing
          }
          <vscode-button
            appearance="secondary"
            @click=${() => this.#context.go({ view: "gallery", where: `group = "${group.id}"`, unit: "sample" })}
            >Show in gallery</vscode-button
          >
        </span>
      </div>
      ${group.kind === "confusable" && group.scores !== null ? this.#confusableTemplate(group) : this.#membersTemplate(group)}
    `;
  }

  #keepBestTemplate(group: GroupDetail): TemplateResult {
    return html`<select
        class="select"
        aria-label="What makes the best"
        @change=${(event: Event) => this.#chooseBy((event.target as HTMLSelectElement).value)}
      >
        ${Object.entries(keepByNames).map(([by, name]) => html`<option value=${by} .selected=${by === this.#by}>${name}</option>`)}
      </select>
      <vscode-button
        ?disabled=${group.review !== null}
        @click=${() => void keepBest(this.#context, { kind: this.#kind, by: this.#by, groups: [group.id] })}
        >Keep best</vscode-button
      >
      <vscode-button appearance="secondary" @click=${() => void keepBestOfAll(this.#context, { kind: this.#kind, by: this.#by })}
        >Keep best of all groups…</vscode-button
      >`;
  }

  #confusableTemplate(group: GroupDetail): TemplateResult {
    const { thumbnails, inspect } = this.#context;
    const map = heatMapTemplate({
      group,
      thumbnails,
      chosen: this.#cell,
      onChoose: (cell) => {
        this.#cell = cell;
        this.#draw();
      },
    });
    const cell = this.#cell;
    if (cell === null)
      return html`${map}
        <p class="quiet hint">Choose a cell to see its picture and caption beside each other</p>`;
    return html`${map}
    ${pairCompareTemplate({
      group,
      cell,
      thumbnails,
      onRelate: (relation) => void relateCell(this.#context, { group, cell }, relation),
      onInspect: (sample) => inspect(sample),
      onDrop: (member) => void decideMember(this.#context, member, "drop"),
    })}`;
  }

  #membersTemplate(group: GroupDetail): TemplateResult {
    return memberGridTemplate({
      group,
      thumbnails: this.#context.thumbnails,
      best: this.#best?.kept.find((kept) => kept.group === group.id),
      onInspect: (sample) => this.#context.inspect(sample),
      onKeepOnly: (member) => void keepOnly(this.#context, group, member),
      onDecide: (member, decision) => void decideMember(this.#context, member, decision),
    });
  }

  #chooseKind(value: string): void {
    this.#kind = kinds.find(({ kind }) => kind === value)?.kind ?? this.#kind;
    this.#groups = [];
    this.#count = undefined;
    this.#choose(undefined);
    void this.#load();
  }

  #chooseBy(value: string): void {
    this.#by = (Object.keys(keepByNames) as KeepBy[]).find((by) => by === value) ?? this.#by;
    this.#drawChosen();
  }
}

function empty(sentence: string): TemplateResult {
  return html`<p class="empty quiet">${sentence}</p>`;
}
