import type { ViewTab } from "../app.ts";
import { createEdits } from "./edits/edits.ts";
import { createGallery } from "./gallery/gallery.ts";
import { createGroups } from "./groups/groups.ts";
import { createMap } from "./map/map.ts";
import { createRecipe } from "./recipe/recipe.ts";
import { createRewrites } from "./rewrites/rewrites.ts";
import { createRuns } from "./runs/runs.ts";
import { createScores } from "./scores/scores.ts";
import { createSpotCheck } from "./spotCheck/spotCheck.ts";
import { createWorksheet } from "./worksheet/worksheet.ts";

/** The panel's views in the order of their tabs. A new one is one folder and one line here. */
export const tabs: readonly ViewTab[] = [
  {
    id: "gallery",
    title: "Gallery",
    icon: "library",
    group: "look",
    about: "Pictures and captions that fit the filter",
    create: createGallery,
  },
  {
    id: "scores",
    title: "Scores",
    icon: "graph",
    group: "look",
    about: "How a signal is spread, and what a cut would keep and drop",
    create: createScores,
  },
  {
    id: "groups",
    title: "Groups",
    icon: "group-by-ref-type",
    group: "look",
    about: "Duplicates, confusable pairs, concepts",
    create: createGroups,
  },
  { id: "map", title: "Map", icon: "compass", group: "look", about: "The pictures laid out by what they show", create: createMap },
  {
    id: "recipe",
    title: "Recipe",
    icon: "list-ordered",
    group: "decide",
    about: "The rules that decide what is kept",
    create: createRecipe,
  },
  {
    id: "spotCheck",
    title: "Spot check",
    icon: "eye",
    group: "decide",
    about: "How good a cut is, by your own eyes",
    create: createSpotCheck,
  },
  {
    id: "edits",
    title: "Edits",
    icon: "replace-all",
    group: "captions",
    about: "One change of many captions, seen before it is made",
    create: createEdits,
  },
  {
    id: "rewrites",
    title: "Rewrites",
    icon: "sparkle",
    group: "captions",
    about: "Captions that a model or a rule proposes, measured",
    create: createRewrites,
  },
  {
    id: "worksheet",
    title: "Worksheet",
    icon: "edit",
    group: "captions",
    about: "Captions that you write yourself, without seeing the old ones",
    create: createWorksheet,
  },
  {
    id: "runs",
    title: "Runs",
    icon: "flame",
    group: "train",
    about: "Runs of fine-tuning: loss and recall by epoch",
    create: createRuns,
  },
];
