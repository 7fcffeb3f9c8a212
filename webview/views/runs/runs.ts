import type { PanelContext, View } from "../../context.ts";
import { RunsView } from "./runsView.ts";

/** Makes the view of runs of fine-tuning. */
export function createRuns(context: PanelContext): View {
  return new RunsView(context);
}
