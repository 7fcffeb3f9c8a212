import type { NewLabel } from "../../core/check/labels.ts";
import { relabel, spotLabels } from "../../core/check/labels.ts";
import { eachCsvRow, type TextRecord } from "../store/csvRows.ts";
import { stateChanges, type DatasetState } from "../store/dotWinnow.ts";
import type { OperationId } from "../store/ledger.ts";
import { applyOperation, type OpenDataset } from "../store/operations.ts";

/** Reads a CSV with the columns sample, captionIndex and label; rows without a label are passed over. Throws one sentence where a row can't be read. */
export async function parseLabelRows(text: string): Promise<Pick<NewLabel, "sample" | "captionIndex" | "label">[]> {
  const rows: Pick<NewLabel, "sample" | "captionIndex" | "label">[] = [];
  const choices = [...spotLabels, "clear"] as const;
  const read = ({ sample = "", captionIndex = "", label: given = "" }: TextRecord, line: number): void => {
    if (given.trim() === "") return;
    const label = choices.find((choice) => choice === given.trim());
    if (label === undefined) throw new Error(`Line ${line} of the labels: expected ${choices.join(", ")} but received ${given}`);
    if (sample === "" || !/^\d+$/.test(captionIndex.trim()))
      throw new Error(`Line ${line} of the labels: expected a sample and the number of a caption, from 0`);
    rows.push({ sample, captionIndex: Number(captionIndex), label });
  };
  await eachCsvRow(text, read, () => undefined);
  return rows;
}

/** Writes labels of a spot check as one operation; null where all were so already. */
export async function applyLabels(dataset: OpenDataset, state: DatasetState, given: readonly NewLabel[]): Promise<OperationId | null> {
  const count = (label: NewLabel["label"]): number => given.filter((one) => one.label === label).length;
  const words = (["match", "mismatch", "unsure", "clear"] as const).filter((label) => count(label) > 0);
  const summary = `spot check: ${words.map((label) => `${count(label)} ${label}`).join(", ")}`;
  const changes = stateChanges(state, { labels: relabel(state.labels, given) });
  const operation = await applyOperation(dataset, { kind: "label", summary, changes });
  return operation?.operation ?? null;
}
