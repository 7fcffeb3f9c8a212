import type { SampleName } from "./imageTrainer.ts";

/** Sample pictures by checkpoint and prompt; where a run was begun anew and painted the same again, the later one. Checkpoints of steps come before those of epochs. */
export function latestSamples<Sample extends SampleName & { readonly path: string }>(samples: readonly Sample[]): Sample[] {
  const latest = new Map<string, Sample>();
  for (const sample of samples) {
    const key = `${sample.unit} ${sample.at} ${sample.prompt}`;
    const known = latest.get(key);
    if (known === undefined || age(known) < age(sample)) latest.set(key, sample);
  }
  const rank = ({ unit }: SampleName): number => (unit === "step" ? 0 : 1);
  return [...latest.values()].sort((a, b) => rank(a) - rank(b) || a.at - b.at || a.prompt - b.prompt);
}

function age({ made, path }: SampleName & { readonly path: string }): string {
  return `${made.padStart(20, "0")} ${path}`;
}

/** A checkpoint that painted sample pictures. */
export type SampleCheckpoint = Pick<SampleName, "unit" | "at">;

/** Sample pictures as a grid: each has its row, which is its prompt's number, and its column, which is its checkpoint's place. */
export interface SampleGrid<Sample> {
  readonly checkpoints: readonly SampleCheckpoint[];
  readonly pictures: readonly (Sample & { readonly row: number; readonly column: number })[];
}

/** Arranges what `latestSamples` gave. Of more than `most` checkpoints some are left out evenly, but never the first and the last; so are rows from `most` on. */
export function arrangeSamples<Sample extends SampleName>(samples: readonly Sample[], most = 100): SampleGrid<Sample> {
  const keyOf = ({ unit, at }: SampleCheckpoint): string => `${unit} ${at}`;
  const all = [...new Map(samples.map((sample) => [keyOf(sample), { unit: sample.unit, at: sample.at }])).values()];
  const checkpoints =
    all.length <= most ? all : Array.from({ length: most }, (_, at) => all[Math.round((at * (all.length - 1)) / (most - 1))]!);
  const columnOf = new Map(checkpoints.map((checkpoint, column) => [keyOf(checkpoint), column]));
  const pictures = samples.flatMap((sample) => {
    const column = columnOf.get(keyOf(sample));
    return column === undefined || sample.prompt >= most ? [] : [{ ...sample, row: sample.prompt, column }];
  });
  return { checkpoints, pictures };
}

/** A checkpoint in words: `epoch 3`. */
export function nameCheckpoint({ unit, at }: SampleCheckpoint): string {
  return `${unit} ${at}`;
}

/** Where a key leads in a grid of so many rows and columns from a place; undefined for a key that leads nowhere. */
export function moveInGrid(
  key: string,
  { row, column }: { readonly row: number; readonly column: number },
  { rows, columns }: { readonly rows: number; readonly columns: number },
): { readonly row: number; readonly column: number } | undefined {
  const within = (at: number, count: number): number => Math.max(0, Math.min(count - 1, at));
  switch (key) {
    case "ArrowLeft":
      return { row, column: within(column - 1, columns) };
    case "ArrowRight":
      return { row, column: within(column + 1, columns) };
    case "ArrowUp":
      return { row: within(row - 1, rows), column };
    case "ArrowDown":
      return { row: within(row + 1, rows), column };
    case "Home":
      return { row, column: 0 };
    case "End":
      return { row, column: within(columns - 1, columns) };
    default:
      return undefined;
  }
}
