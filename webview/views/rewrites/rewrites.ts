import type { PanelContext, View } from "../../context.ts";
import { RewritesView } from "./rewritesView.ts";

/** Makes the view that has captions rewritten, and where proposals are looked over. */
export function createRewrites(context: PanelContext): View {
  return new RewritesView(context);
}
