import type { ViewTab } from "../app.ts";
import { createGallery } from "./gallery/gallery.ts";
import { createGroups } from "./groups/groups.ts";
import { createMap } from "./map/map.ts";
import { createRecipe } from "./recipe/recipe.ts";
import { createScores } from "./scores/scores.ts";
import { createSpotCheck } from "./spotCheck/spotCheck.ts";

/** The panel's views in the order of their tabs. A new one is one folder and one line here. */
export const tabs: readonly ViewTab[] = [
  { id: "gallery", title: "Gallery", icon: "library", about: "Pictures and captions that fit the filter", create: createGallery },
  {
    id: "scores",
    title: "Scores",
    icon: "graph",
    about: "How a signal is spread, and what a cut would keep and drop",
    create: createScores,
  },
  { id: "groups", title: "Groups", icon: "group-by-ref-type", about: "Duplicates, confusable pairs, concepts", create: createGroups },
  { id: "map", title: "Map", icon: "compass", about: "The pictures laid out by what they show", create: createMap },
  { id: "recipe", title: "Recipe", icon: "list-ordered", about: "The rules that decide what is kept", create: createRecipe },
  { id: "spotCheck", title: "Spot check", icon: "eye", about: "How good a cut is, by your own eyes", create: createSpotCheck },
];
