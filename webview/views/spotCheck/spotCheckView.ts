import { html, render } from "lit-html";
import type { SignalDescriptor } from "../../../src/core/signals/signal.ts";
import type { SpotLabel } from "../../../src/protocol/spotCheck.ts";
import type { PanelAction } from "../../../src/protocol/panelApi.ts";
import type { PanelContext, View } from "../../context.ts";
import { isTyping } from "../../keys.ts";
import { actionOfKey, checkTemplate } from "./checkTemplate.ts";
import { CutKnowledge } from "./cutKnowledge.ts";
import { type Check, parseDetail, sizes, type SpotDetail } from "./detail.ts";
import { LabelQueue } from "./labelQueue.ts";
import { PairLoader } from "./pairLoader.ts";
import { setupTemplate } from "./setupTemplate.ts";

/** The view of the spot check: choose a cut, look at pairs blind, learn how good the cut is. */
export class SpotCheckView implements View {
  readonly id = "spotCheck";
  readonly element = document.createElement("section");
  readonly #context: PanelContext;
  readonly #loader: PairLoader;
  readonly #knowledge: CutKnowledge;
  readonly #queue: LabelQueue;
  #detail: SpotDetail;
  #labelsSaved = 0;
  #isFailureTold = false;
  #isShown = false;
  #isBusy = false;
  readonly #onKey = (event: KeyboardEvent): void => this.#takeKey(event);

  constructor(context: PanelContext) {
    this.#context = context;
    this.#detail = parseDetail(context.store.detail("spotCheck"));
    this.#loader = new PairLoader(context, () => this.#draw());
    this.#knowledge = new CutKnowledge(context, () => this.#draw());
    this.#queue = new LabelQueue(
      {
        save: (labels) => context.host.call("saveLabels", { labels }),
        keep: (unsaved) => this.#keepUnsaved(unsaved),
        schedule: (work, afterMs) => void setTimeout(work, afterMs),
        onChange: () => this.#onSaved(),
      },
      this.#detail.unsaved,
    );
    this.element.className = "spot-check";
  }

  show(): void {
    // another view may have chosen the cut
    this.#detail = { ...parseDetail(this.#context.store.detail("spotCheck")), unsaved: this.#queue.unsaved };
    this.#isShown = true;
    // before the page's own keys: a check has the same letters for other things
    document.addEventListener("keydown", this.#onKey, { capture: true });
    if (this.#isChecking()) this.#context.inspect(null);
    this.#draw();
  }

  hide(): void {
    this.#isShown = false;
    document.removeEventListener("keydown", this.#onKey, { capture: true });
    this.#knowledge.stop();
    this.#loader.want([]);
  }

  onSnapshot(): void {
    this.#draw();
  }

  /** During a check the page's actions would tell or change what is judged blind; undo goes back a pair. */
  perform(action: PanelAction): boolean {
    if (!this.#isChecking()) return false;
    if (action === "undo") this.#back();
    return true;
  }

  #isChecking(): boolean {
    const { check } = this.#detail;
    return check !== null && check.at < check.pairs.length;
  }

  /** Signals of which one end is better: of others no cut is right or wrong. */
  #signals(): SignalDescriptor[] {
    const fields = this.#context.snapshot().overview.analysed?.fields ?? [];
    return fields.flatMap(({ signal }) => (signal === null || signal.direction === "neither" ? [] : [signal]));
  }

  #signal(): SignalDescriptor | undefined {
    const all = this.#signals();
    return all.find(({ id }) => id === this.#detail.signal) ?? all.find(({ id }) => id === "clipScore") ?? all[0];
  }

  #change(change: Partial<SpotDetail>): void {
    this.#detail = { ...this.#detail, ...change };
    this.#context.store.setDetail("spotCheck", this.#detail);
  }

  /** Labels are saved in the background, too: what another view has chosen meanwhile stays. */
  #keepUnsaved(unsaved: SpotDetail["unsaved"]): void {
    this.#detail = { ...parseDetail(this.#context.store.detail("spotCheck")), unsaved };
    this.#context.store.setDetail("spotCheck", this.#detail);
  }

  #draw(): void {
    if (!this.#isShown) return;
    const { analysed } = this.#context.snapshot().overview;
    if (analysed === null) {
      render(html`<p class="setup-empty quiet">There are no scores yet: analyse the dataset first</p>`, this.element);
      return;
    }
    const { check } = this.#detail;
    if (check !== null && this.#isChecking()) this.#drawCheck(check);
    else this.#drawSetup(analysed.frozen);
  }

  #drawCheck(check: Check): void {
    const { at, pairs } = check;
    const pair = pairs[at]!;
    this.#loader.want([pair, pairs[at + 1], pairs[at - 1]].filter((other) => other !== undefined));
    const stage = checkTemplate({
      check,
      pair: this.#loader.get(pair),
      unsaved: this.#queue.unsaved.length,
      failure: this.#queue.failure,
      onLabel: (label) => this.#label(label),
      onClear: () => this.#clear(),
      onBack: () => this.#back(),
      onEnd: () => this.#end(),
      onDiscard: () => this.#discard(),
    });
    render(stage, this.element);
  }

  #drawSetup(frozen: number): void {
    this.#loader.want([]);
    const signal = this.#signal();
    const { cut, check } = this.#detail;
    this.#knowledge.want(signal === undefined || cut === null ? undefined : { signal, cut }, this.#labelsSaved);
    const setup = setupTemplate({
      detail: this.#detail,
      signals: this.#signals(),
      signal,
      known: this.#knowledge.known,
      whyUnknown: this.#knowledge.failure,
      frozen,
      done: check,
      unsaved: this.#queue.unsaved.length,
      failure: this.#queue.failure,
      isBusy: this.#isBusy,
      readOnly: this.#context.snapshot().overview.readOnly,
      onSignal: (id) => this.#redraw({ signal: id, cut: null, check: null }),
      onCut: (text) => this.#redraw({ cut: numberFrom(text), check: null }),
      onSize: (text) => this.#redraw({ size: wholeFrom(text, this.#detail.size, { from: sizes.least, to: sizes.most }) }),
      onSeed: (text) => this.#redraw({ seed: wholeFrom(text, this.#detail.seed, { from: 0, to: 2 ** 31 }) }),
      onDraw: () => void this.#begin(),
      onBackToLast: () => this.#back(),
      onDiscard: () => this.#discard(),
      onScores: () => this.#context.go({ view: "scores" }),
    });
    render(setup, this.element);
  }

  #redraw(change: Partial<SpotDetail>): void {
    this.#change(change);
    this.#draw();
  }

  async #begin(): Promise<void> {
    const signal = this.#signal();
    const { cut, size, seed } = this.#detail;
    if (signal === undefined || cut === null || this.#isBusy) return;
    this.#isBusy = true;
    this.#draw();
    try {
      const { pairs } = await this.#context.host.call("drawSpotCheck", { signal: signal.id, cut, size, seed });
      if (pairs.length === 0) this.#context.tell("No pair could be drawn: the signal is unknown of all of them");
      else {
        const drawn = pairs.map(({ sample, captionIndex }) => ({ sample, captionIndex }));
        this.#context.inspect(null); // it tells scores
        this.#change({ seed: seed + 1, check: { pairs: drawn, labels: drawn.map(() => null), at: 0 } });
      }
    } catch (error) {
      this.#context.fail(error);
    }
    this.#isBusy = false;
    this.#draw();
    this.element.querySelector<HTMLElement>(".check")?.focus();
  }

  #takeKey(event: KeyboardEvent): void {
    const { target } = event;
    const isHere = target === document.body || (target instanceof Node && this.element.contains(target));
    if (!this.#isChecking() || !isHere || isTyping(event)) return;
    const action = actionOfKey(event);
    if (action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.repeat) return; // a key held down is one answer
    if (action === "back") this.#back();
    else this.#label(action);
  }

  #label(label: SpotLabel): void {
    const { check } = this.#detail;
    const pair = check?.pairs[check.at];
    if (check === null || pair === undefined) return;
    this.#change({ check: { ...check, labels: check.labels.with(check.at, label), at: check.at + 1 } });
    this.#queue.add({ ...pair, label });
    this.#draw();
    if (!this.#isChecking()) this.element.querySelector<HTMLElement>("#setup-title")?.focus();
  }

  #clear(): void {
    const { check } = this.#detail;
    const pair = check?.pairs[check.at];
    if (check === null || pair === undefined) return;
    this.#change({ check: { ...check, labels: check.labels.with(check.at, null) } });
    this.#queue.add({ ...pair, label: "clear" });
    this.#draw();
  }

  #back(): void {
    const { check } = this.#detail;
    if (check === null || check.at === 0) return;
    this.#redraw({ check: { ...check, at: check.at - 1 } });
  }

  #end(): void {
    this.#redraw({ check: null });
  }

  #discard(): void {
    this.#queue.discard();
    this.#isFailureTold = false;
    this.#draw();
  }

  #onSaved(): void {
    const { failure } = this.#queue;
    if (failure === null) {
      this.#labelsSaved += 1;
      if (this.#isFailureTold) this.#context.tell("The labels are saved now");
    } else if (!this.#isFailureTold) this.#tellFailure(`Labels can't be saved: ${failure}. They are kept here and tried again`);
    this.#isFailureTold = failure !== null;
    this.#draw();
  }

  /** The view itself tells it while it is in front: a sentence at the foot of the page would hide its buttons. */
  #tellFailure(message: string): void {
    if (!this.#isShown) this.#context.fail(new Error(message));
    else this.#context.host.call("report", { message, detail: "" }).catch(() => undefined); // the log is the last resort
  }
}

function numberFrom(text: string): number | null {
  const trimmed = text.trim().replace(",", ".");
  const value = Number(trimmed);
  return trimmed === "" || !Number.isFinite(value) ? null : value;
}

function wholeFrom(text: string, before: number, { from, to }: { from: number; to: number }): number {
  const value = Number(text.trim());
  return text.trim() !== "" && Number.isInteger(value) ? Math.min(to, Math.max(from, value)) : before;
}
