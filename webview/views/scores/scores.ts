import type { PanelContext, View } from "../../context.ts";
import { ScoresView } from "./scoresView.ts";

/** Makes the view of one signal: how its values are spread, and what a cut would keep and drop. */
export function createScores(context: PanelContext): View {
  return new ScoresView(context);
}
