import { html, render, type TemplateResult } from "lit-html";
import { formatDifference } from "../../../src/core/tune/comparisonText.ts";
import { formatGain } from "../../../src/core/tune/gain.ts";
import { formatRunProgress } from "../../../src/core/tune/runProgress.ts";
import type { PanelAction, PanelSnapshot } from "../../../src/protocol/panelApi.ts";
import type { ListedTuneRun, TuneCurve, TunePoint } from "../../../src/protocol/tuneRuns.ts";
import type { PanelContext, View } from "../../context.ts";
import { createSlot } from "../../slots.ts";
import { curveChart, type Line, lineKinds } from "./curveChart.ts";
import { isDrawn, parseDetail, withDrawn, type RunsDetail } from "./detail.ts";
import { SampleGrids } from "./sampleGrids.ts";

/** The view of runs of fine-tuning: loss and recall by epoch and sample pictures by checkpoint, live, with what stops a run and goes on with it. */
export class RunsView implements View {
  readonly id = "runs";
  readonly element = document.createElement("section");
  readonly #context: PanelContext;
  readonly #slot = createSlot();
  readonly #samples: SampleGrids;
  #detail: RunsDetail;
  #curves: readonly TuneCurve[] = [];
  /** The epoch that is read; undefined is the last. */
  #cursor: number | undefined;
  #isShown = false;

  constructor(context: PanelContext) {
    this.#context = context;
    this.#detail = parseDetail(context.store.detail("runs"));
    this.#samples = new SampleGrids({ host: context.host, fail: context.fail, onChange: () => this.#isShown && this.#draw() });
    this.element.className = "runs";
  }

  show(): void {
    this.#isShown = true;
    this.#draw();
    void this.#load();
  }

  hide(): void {
    this.#isShown = false;
    this.#slot.stop();
    this.#samples.stop();
  }

  onSnapshot({ overview }: PanelSnapshot, { overview: before }: PanelSnapshot): void {
    if (!this.#isShown) return;
    this.#draw();
    if (progressOf(overview.tuneRuns) !== progressOf(before.tuneRuns)) void this.#load();
    // A trainer paints without a word about its progress.
    else if (this.#painted.some(({ state }) => state === "running")) this.#loadSamples();
  }

  perform(action: PanelAction): boolean {
    if (action !== "refresh") return false;
    void this.#load();
    return true;
  }

  get #runs(): readonly ListedTuneRun[] {
    return this.#context.snapshot().overview.tuneRuns ?? [];
  }

  /** One that compares has no curve. */
  get #drawnRuns(): readonly ListedTuneRun[] {
    return this.#runs.filter((run, place) => run.comparison === null && isDrawn(this.#detail, run, place));
  }

  /** Runs that are drawn and leave sample pictures. */
  get #painted(): readonly ListedTuneRun[] {
    return this.#drawnRuns.filter(({ samples }) => samples === true);
  }

  #loadSamples(): void {
    void this.#samples.load(this.#painted.map(({ id }) => id));
  }

  async #load(): Promise<void> {
    this.#loadSamples();
    const runs = this.#drawnRuns.map(({ id }) => id);
    try {
      const curves = await this.#slot.run((signal) => this.#context.host.call("readTuneCurves", { runs }, { signal }));
      if (curves === undefined) return;
      this.#curves = curves;
      this.#draw();
    } catch (error) {
      this.#context.fail(error);
    }
  }

  #draw(): void {
    const runs = this.#runs;
    if (runs.length === 0) {
      const how = "“Winnow: Fine-Tune…” in the palette, or the flame in the side bar, begins one";
      render(html`<p class="work-empty quiet">There is no run of fine-tuning on this dataset yet: ${how}</p>`, this.element);
      return;
    }
    const last = this.#curves.reduce((most, { points }) => Math.max(most, points.at(-1)?.epoch ?? 0), 0);
    const cursor = Math.min(this.#cursor ?? last, last);
    const lines = (valueOf: (point: TunePoint) => number | null): readonly Line[] =>
      this.#curves.map(({ run, points }) => ({
        name: run.title,
        place: Math.max(
          0,
          runs.findIndex(({ id }) => id === run.id),
        ),
        points: points.map((point) => ({ epoch: point.epoch, value: valueOf(point) })),
      }));
    render(
      html`<div class="runs-charts">
          ${
            this.#curves.length > 0 && this.#curves.every(({ run }) => run.samples !== null)
              ? "" // nothing is retrieved by models that paint
              : curveChart({ title: "R@1 on held-out pairs by epoch", lines: lines(recallOf), cursor, format: percent })
          }
          ${curveChart({ title: "Loss by epoch", lines: lines(({ loss }) => loss), cursor, format: (loss) => loss.toPrecision(3) })}
          ${
            this.#curves.some(({ points }) => points.some(({ canary }) => canary !== undefined))
              ? curveChart({
                  title: "R@1 on Winnow's own pictures by epoch",
                  lines: lines(({ canary = null }) => canary),
                  cursor,
                  format: percent,
                })
              : ""
          }
          <label class="runs-cursor">
            Values after epoch ${cursor}
            <input
              type="range"
              min="0"
              max=${last}
              .value=${String(cursor)}
              ?disabled=${last === 0}
              @input=${(event: Event) => {
                this.#cursor = Number((event.target as HTMLInputElement).value);
                this.#draw();
              }}
            />
          </label>
        </div>
        <ul class="runs-list">
          ${runs.map((run, place) => this.#row(run, place, cursor))}
        </ul>
        ${this.#painted.map((run) => this.#samples.template(run))}`,
      this.element,
    );
  }

  #row(run: ListedTuneRun, place: number, cursor: number): TemplateResult {
    const point = this.#curves.find((curve) => curve.run.id === run.id)?.points.find(({ epoch }) => epoch === cursor);
    const isOn = isDrawn(this.#detail, run, place);
    const choose = (): void => {
      this.#detail = withDrawn(this.#detail, run.id, !isOn);
      this.#context.store.setDetail("runs", this.#detail);
      this.#draw();
      void this.#load();
    };
    return html`<li>
      ${
        run.comparison === null
          ? html`<label>
              <input type="checkbox" .checked=${isOn} @change=${choose} />
              <svg class="runs-swatch" viewBox="0 0 24 8" aria-hidden="true">
                <path class="curve curve-${place % lineKinds}" d="M0 4H24"></path>
              </svg>
              <span>${run.title}</span>
            </label>`
          : html`<span>${run.title}</span>`
      }
      <span class="quiet">${[run.id, run.state, ...progressTexts(run), run.message ?? ""].filter((text) => text !== "").join(" · ")}</span>
      <span class="runs-values">${point === undefined ? "" : valuesOf(point)}</span>
      ${this.#button(run)}
    </li>`;
  }

  /** A run of another trainer is resumed in the side bar, where what it starts is shown first. */
  #button({ id, title, state, trainer, comparison }: ListedTuneRun): TemplateResult | string {
    const isOurs = trainer === "head" || comparison !== null;
    if (state === "done" || (state !== "running" && !isOurs)) return "";
    const [verb, method] = state === "running" ? (["Stop", "stopTuneRun"] as const) : (["Resume", "resumeTuneRun"] as const);
    const ask = (): void => void this.#context.host.call(method, { run: id }).catch((error: unknown) => this.#context.fail(error));
    return html`<vscode-button
      class="runs-button"
      appearance="secondary"
      ?disabled=${!this.#context.snapshot().trusted}
      aria-label="${verb} ${title}"
      @click=${ask}
      >${verb}</vscode-button
    >`;
  }
}

/** Changes when a run goes on, ends or begins. */
function progressOf(runs: readonly ListedTuneRun[] = []): string {
  return runs.map(({ id, state, epoch }) => `${id} ${state} ${epoch ?? 0}`).join("\n");
}

function progressTexts(run: ListedTuneRun): readonly string[] {
  const { state, comparison } = run;
  const answer = comparison?.answer == null ? "" : formatDifference(comparison.answer);
  return [...(state === "running" ? [formatRunProgress(run)] : []), formatGain(run), answer];
}

function valuesOf(point: TunePoint): string {
  const recall = recallOf(point);
  return [recall === null ? "" : `R@1 ${percent(recall)}`, point.loss === null ? "" : `loss ${point.loss.toPrecision(3)}`]
    .filter((text) => text !== "")
    .join(", ");
}

function recallOf({ imageToText, textToImage }: TunePoint): number | null {
  return imageToText === null || textToImage === null ? null : (imageToText + textToImage) / 2;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
