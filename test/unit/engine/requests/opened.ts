import type { AnalysedDataset } from "../../../../src/engine/requests/analysedDataset.ts";
import { readDataset } from "../../../../src/engine/store/dataset.ts";
import type { DatasetState } from "../../../../src/engine/store/dotWinnow.ts";
import type { Operation } from "../../../../src/engine/store/ledger.ts";
import type { Workplace } from "../store/workplace.ts";
import { createAnalysedWorkplace } from "./analysedWorkplace.ts";
import type { MadeAnalysis, MadeOptions } from "./analysisFixture.ts";

/** A made-up dataset of which one thing after the other is asked. */
export interface Opened extends Workplace, MadeAnalysis {
  /** The dataset as it is now, which stays open while it is current. */
  readonly open: () => Promise<AnalysedDataset>;
  readonly state: () => Promise<DatasetState>;
  readonly operations: () => Promise<readonly Operation[]>;
}

/** Makes a dataset up and opens it. */
export async function openMade(options: MadeOptions): Promise<Opened> {
  const place = await createAnalysedWorkplace(options);
  const read = () => readDataset(place.env, place.root);
  return {
    ...place,
    ...place.made,
    open: () => place.use((dataset) => Promise.resolve(dataset)),
    state: async () => (await read()).state,
    operations: async () => (await read()).ledger.operations,
  };
}
