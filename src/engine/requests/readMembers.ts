import type { AnalysedDataset } from "./analysedDataset.ts";
import { findView } from "./openView.ts";

/** The members of an opened view in its order: numbers of pairs, or sample rows. Throws `ViewGoneError`. */
export function readMembers(dataset: AnalysedDataset, { view }: { readonly view: string }): { members: Uint32Array } {
  return { members: Uint32Array.from(findView(dataset, view).rows) };
}
