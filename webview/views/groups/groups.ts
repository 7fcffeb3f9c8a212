import { html, nothing, render, type TemplateResult } from "lit-html";
import type { GroupKind } from "../../../src/core/group.ts";
import type { GroupDetail, GroupMemberRow, KeepBy, KeptBest, Relation } from "../../../src/protocol/groups.ts";
import type { Destination, PanelAction, PanelSnapshot } from "../../../src/protocol/panelApi.ts";
import type { PanelContext, View } from "../../context.ts";
import { formatCount, formatCounted } from "../../format.ts";
import { createSlot } from "../../slots.ts";
import { captionOf, type Cell, heatMapTemplate, relationBetween } from "./heatMap.ts";
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

  async #more(): Promise<void> {
    await this.#load(this.#groups.length + pageSize);
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
    return html`<ul
        class="group-items"
        role="listbox"
        aria-label="Groups"
        aria-activedescendant=${this.#chosen === undefined ? nothing : `group-${this.#chosen}`}
        tabindex="0"
        @keydown=${(event: KeyboardEvent) => this.#onListKey(event)}
      >
        ${this.#groups.map((group) => this.#itemTemplate(group))}
      </ul>
      ${
        this.#count !== undefined && this.#groups.length < this.#count
          ? html`<vscode-button class="more" appearance="secondary" @click=${() => void this.#more()}
              >Show ${formatCount(Math.min(pageSize, this.#count - this.#groups.length))} more</vscode-button
            >`
          : nothing
      }`;
  }

  #itemTemplate(group: GroupDetail): TemplateResult {
    const isChosen = group.id === this.#chosen;
    const dropped = group.members.filter(({ row }) => row.verdict === "drop").length;
    return html`<li
      role="option"
      id="group-${group.id}"
      class="group-item"
      aria-selected=${isChosen}
      @click=${() => {
        this.#choose(group.id);
        this.#drawChosen();
      }}
    >
      <span class="group-pictures">
        ${group.members
          .slice(0, 4)
          .map(
            ({ row }) =>
              html`<winnow-thumbnail .source=${this.#context.thumbnails} .sample=${row.sample} .side=${96} .alt=${""}></winnow-thumbnail>`,
          )}
      </span>
      <span class="group-name">${group.name}</span>
      <span class="quiet">${formatCount(group.size)}${dropped > 0 ? `, ${formatCount(dropped)} dropped` : ""}</span>
      ${group.review === null ? nothing : html`<span class="codicon codicon-question" role="img" aria-label="In doubt: ${group.review}" title=${group.review}></span>`}
    </li>`;
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
                  @click=${() => this.#rewrite(group)}
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
      <vscode-button ?disabled=${group.review !== null} @click=${() => void this.#keepBest([group.id])}>Keep best</vscode-button>
      <vscode-button appearance="secondary" @click=${() => void this.#keepBestOfAll()}>Keep best of all groups…</vscode-button>`;
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
      onRelate: (relation) => void this.#relate(group, cell, relation),
      onInspect: (sample) => inspect(sample),
      onDrop: (member) => void this.#decide(member, "drop"),
    })}`;
  }

  #membersTemplate(group: GroupDetail): TemplateResult {
    return memberGridTemplate({
      group,
      thumbnails: this.#context.thumbnails,
      best: this.#best?.kept.find((kept) => kept.group === group.id),
      onInspect: (sample) => this.#context.inspect(sample),
      onKeepOnly: (member) => void this.#keepOnly(group, member),
      onDecide: (member, decision) => void this.#decide(member, decision),
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

  #onListKey(event: KeyboardEvent): void {
    const at = this.#groups.findIndex(({ id }) => id === this.#chosen);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.#groups.length - 1 }[event.key];
    const group = to === undefined ? undefined : this.#groups[to];
    if (group === undefined) return;
    event.preventDefault();
    this.#choose(group.id);
    this.#drawChosen();
    this.element.querySelector(`#group-${CSS.escape(group.id)}`)?.scrollIntoView({ block: "nearest" });
  }

  async #decide({ row, captionIndex }: GroupMemberRow, decision: "keep" | "drop"): Promise<void> {
    await this.#context.decide({ kind: "named", pairs: [{ sample: row.sample, captionIndex }] }, decision);
  }

  async #keepOnly(group: GroupDetail, keeper: GroupMemberRow): Promise<void> {
    const others = group.members.filter((member) => member !== keeper).map(({ row }) => ({ sample: row.sample, captionIndex: null }));
    await this.#context.decide({ kind: "named", pairs: others }, "drop");
  }

  #rewrite({ name, members }: GroupDetail): void {
    const pairs = members.map(({ row, captionIndex }) => ({ sample: row.sample, captionIndex }));
    this.#context.choose({ targets: { kind: "named", pairs }, about: `${formatCounted(pairs.length, "caption")} of “${name}”` });
    this.#context.go({ view: "rewrites", preset: "tellApart", chosen: true });
  }

  async #keepBest(groups?: readonly string[]): Promise<void> {
    const { host, tell, fail } = this.#context;
    try {
      const { dropped, operation } = await host.call("keepBest", {
        kind: this.#kind,
        ...(groups === undefined ? {} : { groups }),
        by: this.#by,
        apply: true,
      });
      tell(operation === null ? "Nothing changed: it was so already" : `Dropped ${formatCount(dropped)} of the copies`, {
        undo: operation !== null,
      });
    } catch (error) {
      fail(error);
    }
  }

  async #keepBestOfAll(): Promise<void> {
    const { host, fail } = this.#context;
    try {
      const { groups, dropped } = await host.call("keepBest", { kind: this.#kind, by: this.#by, apply: false });
      const message = `Keep the best of ${formatCounted(groups, "group")}, and drop ${formatCount(dropped)} others?`;
      const detail = `The one with the ${keepByNames[this.#by]} stays. Groups in doubt are left alone. It is one operation that can be undone.`;
      if (await host.call("confirm", { message, detail, action: "Keep best" })) await this.#keepBest();
    } catch (error) {
      fail(error);
    }
  }

  async #relate(group: GroupDetail, cell: Cell, relation: Relation | "clear"): Promise<void> {
    const { host, tell, fail } = this.#context;
    const stated = relation === "clear" ? relationBetween(group, cell) : relation;
    const members = [cell.image, cell.caption]
      .map((at) => group.members[at]!)
      .map(({ row, captionIndex }) => ({ sample: row.sample, captionIndex: stated === "duplicate" ? null : captionIndex }));
    const done = {
      duplicate: `Merged as duplicates: "${captionOf(group.members[cell.image]!)}" stays`,
      falseNegative: "Marked as false negatives: the next run leaves them apart",
      hardNegative: "Kept as hard negatives",
      clear: "Taken back",
    };
    try {
      const { operation } = await host.call("relate", { members, relation });
      tell(operation === null ? "Nothing changed: it was so already" : done[relation], { undo: operation !== null });
    } catch (error) {
      fail(error);
    }
  }
}

function empty(sentence: string): TemplateResult {
  return html`<p class="empty quiet">${sentence}</p>`;
}
