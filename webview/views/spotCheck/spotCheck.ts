import type { PanelContext, View } from "../../context.ts";
import { SpotCheckView } from "./spotCheckView.ts";

/** Makes the view that shows pairs blind and tells how good a cut is. */
export function createSpotCheck(context: PanelContext): View {
  return new SpotCheckView(context);
}
