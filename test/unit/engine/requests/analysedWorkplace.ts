import { onTestFinished } from "vitest";
import type { AnalysedDataset } from "../../../../src/engine/requests/analysedDataset.ts";
import type { Sessions } from "../../../../src/engine/requests/sessions.ts";
import { createSessions } from "../../../../src/engine/requests/sessions.ts";
import type { Workplace } from "../store/workplace.ts";
import { createWorkplace } from "../store/workplace.ts";
import type { MadeAnalysis, MadeOptions } from "./analysisFixture.ts";
import { saveMadeAnalysis } from "./analysisFixture.ts";

/** A workplace whose dataset was analysed, with sessions that are closed after the test. */
export interface AnalysedWorkplace extends Workplace {
  readonly made: MadeAnalysis;
  readonly sessions: Sessions;
  /** Does work with the dataset as it is now. */
  readonly use: <Result>(work: (dataset: AnalysedDataset) => Promise<Result>) => Promise<Result>;
}

/** Makes a workplace with a made-up analysis. */
export async function createAnalysedWorkplace(options: MadeOptions): Promise<AnalysedWorkplace> {
  const place = await createWorkplace();
  const made = await saveMadeAnalysis(place.env, place.root, options);
  const sessions = createSessions(place.env);
  onTestFinished(() => sessions.close());
  return { ...place, made, sessions, use: (work) => sessions.use(place.root, work) };
}
