import { html, nothing, type TemplateResult } from "lit-html";
import { moveInGrid, nameCheckpoint } from "../../../src/core/tune/imageTrainers/samples.ts";
import type { PanelToHost } from "../../../src/protocol/panelApi.ts";
import type { Peer } from "../../../src/protocol/rpc.ts";
import type { ListedTuneRun } from "../../../src/protocol/tuneRuns.ts";
import type { TuneSampleGrid } from "../../../src/protocol/tuneSamples.ts";
import { thumbnailsOf, type Thumbnail } from "../../thumbnails.ts";

/** What the grids are made with; `onChange` is called when something is to be drawn anew. */
export interface SampleGridParts {
  readonly host: Pick<Peer<PanelToHost>, "call">;
  readonly onChange: () => void;
  readonly fail: (error: unknown) => void;
}

type Picture = TuneSampleGrid["pictures"][number];

interface Place {
  readonly row: number;
  readonly column: number;
}

/** Pixels of a small picture's longer side: twice what is drawn, for screens of many pixels. */
const side = 256;

const notShown = "can't be shown";

/** Pictures of one request: some hundred milliseconds of decoding. */
const batchSize = 16;

/** Sample pictures of runs, each run's as a grid: a row a prompt, a column a checkpoint. Pictures come as they are made, and again where their file has changed. */
export class SampleGrids {
  readonly #parts: SampleGridParts;
  readonly #grids = new Map<string, TuneSampleGrid | string>();
  readonly #pictures = new Map<string, Thumbnail>();
  /** Where the keys are in each grid. */
  readonly #places = new Map<string, Place>();
  #wanted: readonly string[] = [];
  #loading: AbortController | undefined;
  #isAskedAgain = false;

  constructor(parts: SampleGridParts) {
    this.#parts = parts;
  }

  /** Looks for pictures of runs; while it looks, another wish waits. */
  async load(runs: readonly string[]): Promise<void> {
    this.#wanted = runs;
    this.#isAskedAgain = true;
    if (this.#loading !== undefined) return;
    const own = new AbortController();
    this.#loading = own;
    while (this.#isAskedAgain && !own.signal.aborted) {
      this.#isAskedAgain = false;
      for (const run of this.#wanted) await this.#loadRun(run, own.signal);
      this.#forgetOthers();
    }
    if (this.#loading === own) this.#loading = undefined;
  }

  /** Nobody looks any more. */
  stop(): void {
    this.#loading?.abort();
    this.#loading = undefined;
  }

  /** The grid of a run, nothing where it isn't known yet. */
  template({ id, title }: ListedTuneRun): TemplateResult | typeof nothing {
    const grid = this.#grids.get(id);
    if (grid === undefined) return nothing;
    return html`<section class="sample-grid" aria-label="Sample pictures of ${title}, ${id}">
      <h2>Sample pictures of ${title} <span class="quiet">${id}</span></h2>
      ${typeof grid === "string" || grid.pictures.length === 0 ? html`<p class="quiet">${typeof grid === "string" ? grid : "None is painted yet"}</p>` : this.#table(id, grid)}
    </section>`;
  }

  #table(run: string, grid: TuneSampleGrid): TemplateResult {
    const { prompts, checkpoints, pictures } = grid;
    const rows = pictures.reduce((most, { row }) => Math.max(most, row + 1), prompts.length);
    const at = new Map(pictures.map((picture) => [`${picture.row} ${picture.column}`, picture]));
    const last = this.#places.get(run);
    const focused = (last && at.get(`${last.row} ${last.column}`)) ?? pictures[0]!;
    const promptOf = (row: number): string => prompts[row] ?? `Prompt ${row + 1}`;
    return html`<div class="sample-scroll">
      <table role="grid" @keydown=${(event: KeyboardEvent) => this.#move(event, { run, at, size: { rows, columns: checkpoints.length } })}>
        <thead>
          <tr>
            <th scope="col">Prompt</th>
            ${checkpoints.map((checkpoint) => html`<th scope="col">${nameCheckpoint(checkpoint)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${Array.from(
            { length: rows },
            (_, row) =>
              html`<tr>
                <th scope="row" title=${promptOf(row)}><span>${promptOf(row)}</span></th>
                ${checkpoints.map((checkpoint, column) => {
                  const picture = at.get(`${row} ${column}`);
                  const name = `${promptOf(row)}, ${nameCheckpoint(checkpoint)}`;
                  return html`<td>
                    ${picture === undefined ? nothing : this.#cell(run, picture, { name, isFocused: picture === focused })}
                  </td>`;
                })}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  #cell(run: string, picture: Picture, { name, isFocused }: { readonly name: string; readonly isFocused: boolean }): TemplateResult {
    const small = this.#pictures.get(keyOf(run, picture));
    const open = (): void => {
      this.#places.set(run, picture);
      void this.#parts.host.call("openTuneSample", { run, name: picture.name }).catch(this.#parts.fail);
    };
    const shown =
      small === undefined
        ? html`<span class="sample-coming" aria-hidden="true"></span>`
        : small.kind === "loaded"
          ? html`<img src=${small.url} alt="" />`
          : html`<span class="sample-failed" title=${small.message}>${notShown}</span>`;
    return html`<button
      class="picture-button"
      tabindex=${isFocused ? 0 : -1}
      data-place="${picture.row} ${picture.column}"
      aria-label="Open ${name}${small?.kind === "failed" ? `: ${notShown}` : ""}"
      title="Open large: ${name}"
      @click=${open}
    >
      ${shown}
    </button>`;
  }

  /** Walks on to the next picture that is there. */
  #move(
    event: KeyboardEvent,
    {
      run,
      at,
      size,
    }: { readonly run: string; readonly at: ReadonlyMap<string, Picture>; readonly size: { rows: number; columns: number } },
  ): void {
    const button = (event.target as Element).closest<HTMLElement>("[data-place]");
    const here = at.get(button?.dataset["place"] ?? "");
    if (button === null || here === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    let place: Place = here;
    for (;;) {
      const next = moveInGrid(event.key, place, size);
      if (next === undefined) return;
      if (next.row === place.row && next.column === place.column) break;
      place = next;
      if (at.has(`${place.row} ${place.column}`)) break;
    }
    event.preventDefault();
    event.stopPropagation();
    const found = at.get(`${place.row} ${place.column}`);
    if (found === undefined) return;
    this.#places.set(run, found);
    this.#parts.onChange();
    button.closest("table")?.querySelector<HTMLElement>(`[data-place="${found.row} ${found.column}"]`)?.focus();
  }

  async #loadRun(run: string, signal: AbortSignal): Promise<void> {
    try {
      const grid = await this.#parts.host.call("readTuneSamples", { run }, { signal });
      this.#grids.set(run, grid);
      this.#parts.onChange();
      const missing = grid.pictures.filter((picture) => !this.#pictures.has(keyOf(run, picture)));
      for (let from = 0; from < missing.length && !signal.aborted; from += batchSize)
        await this.#loadPictures(run, missing.slice(from, from + batchSize), signal);
    } catch (error) {
      if (signal.aborted) return;
      // It may be asked again every second: told where the pictures would be.
      this.#grids.set(run, error instanceof Error ? error.message : String(error));
      this.#parts.onChange();
    }
  }

  async #loadPictures(run: string, pictures: readonly Picture[], signal: AbortSignal): Promise<void> {
    const names = pictures.map(({ name }) => name);
    const found = thumbnailsOf(await this.#parts.host.call("readTuneSampleThumbnails", { run, names, side }, { signal }));
    for (const [at, picture] of pictures.entries()) this.#pictures.set(keyOf(run, picture), found[at]!);
    this.#parts.onChange();
  }

  /** Lets go of what no grid shows any more. */
  #forgetOthers(): void {
    for (const run of this.#grids.keys()) if (!this.#wanted.includes(run)) this.#grids.delete(run);
    const shown = new Set(
      [...this.#grids].flatMap(([run, grid]) => (typeof grid === "string" ? [] : grid.pictures.map((picture) => keyOf(run, picture)))),
    );
    for (const [key, small] of this.#pictures) {
      if (shown.has(key)) continue;
      this.#pictures.delete(key);
      if (small.kind === "loaded") URL.revokeObjectURL(small.url);
    }
  }
}

function keyOf(run: string, { name, version }: Picture): string {
  return `${run}\0${name}\0${version}`;
}
