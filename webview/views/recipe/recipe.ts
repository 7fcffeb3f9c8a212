import type { PanelContext, View } from "../../context.ts";
import { RecipeView } from "./recipeView.ts";

/** Makes the view of the recipe's rules: what each does, edited before anything is applied. */
export function createRecipe(context: PanelContext): View {
  return new RecipeView(context);
}
