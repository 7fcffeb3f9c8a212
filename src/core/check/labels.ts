/** What a person sees in a pair: the caption fits the picture, it doesn't, or it can't be said. */
export const spotLabels = ["match", "mismatch", "unsure"] as const;

/** One of them. */
export type SpotLabel = (typeof spotLabels)[number];

/** A person's label of a pair; `captionHash` as in a `Verdict`, `time` is ISO 8601. */
export interface SpotLabelRow {
  readonly sample: string;
  readonly captionIndex: number;
  readonly captionHash: string;
  readonly label: SpotLabel;
  readonly time: string;
}

/** The columns of `labels.csv`, in order. */
export const labelColumns = ["sample", "captionIndex", "captionHash", "label", "time"] as const;

/** One row of `labels.csv` as text. */
export type LabelRecord = Readonly<Record<(typeof labelColumns)[number], string>>;

/** A label as a row of text. */
export function recordFromLabel({ captionIndex, ...rest }: SpotLabelRow): LabelRecord {
  return { ...rest, captionIndex: String(captionIndex) };
}

/** Reads a row of text; a sentence where it can't be one. */
export function labelFromRecord(record: Readonly<Record<string, string | undefined>>): SpotLabelRow | string {
  const { sample = "", captionIndex = "", captionHash = "", time = "" } = record;
  const label = spotLabels.find((name) => name === record["label"]);
  if (label === undefined) return `Expected ${spotLabels.join(", ")} for label but received ${record["label"] || "nothing"}`;
  if (sample === "" || captionHash === "") return "Expected a sample and a captionHash but received none";
  if (!/^\d+$/.test(captionIndex)) return `Expected a whole number for captionIndex but received ${captionIndex || "nothing"}`;
  return { sample, captionIndex: Number(captionIndex), captionHash, label, time };
}

/** Sorts by the sample (code units) and the caption's place, so that a file of labels makes small diffs. */
export function sortLabels(labels: readonly SpotLabelRow[]): SpotLabelRow[] {
  return [...labels].sort((a, b) => (a.sample < b.sample ? -1 : a.sample > b.sample ? 1 : a.captionIndex - b.captionIndex));
}

/** A label that a person gave now; "clear" takes one back. */
export type NewLabel = Omit<SpotLabelRow, "label"> & { readonly label: SpotLabel | "clear" };

/** Labels with new ones in the place of those of the same captions; a caption is the same where its text is, wherever it stands now. */
export function relabel(known: readonly SpotLabelRow[], given: readonly NewLabel[]): SpotLabelRow[] {
  const labels = new Map(known.map((row) => [keyOf(row), row]));
  for (const { label, ...row } of given) {
    labels.delete(keyOf(row));
    if (label !== "clear") labels.set(keyOf(row), { ...row, label });
  }
  return sortLabels([...labels.values()]);
}

/** The places among a sample's captions, given by their hashes, that its labels are about; captions of one text share a label, and the later holds. */
export function placeLabels(labels: readonly SpotLabelRow[], hashes: readonly string[]): Map<number, SpotLabel> {
  const placed = new Map<number, SpotLabel>();
  for (const { captionHash, label } of [...labels].sort((a, b) => (a.time < b.time ? -1 : 1)))
    hashes.forEach((hash, at) => {
      if (hash === captionHash) placed.set(at, label);
    });
  return placed;
}

function keyOf({ sample, captionHash }: Pick<SpotLabelRow, "sample" | "captionHash">): string {
  return JSON.stringify([sample, captionHash]);
}
