import { cacheCommand } from "./cache.ts";
import { captionCommand } from "./caption.ts";
import { checkCommand } from "./check.ts";
import type { Command } from "./command.ts";
import { compareCommand } from "./compare.ts";
import { doctorCommand } from "./doctor.ts";
import { editCommand } from "./edit.ts";
import { encoderCommand } from "./encoder.ts";
import { encodersCommand } from "./encoders.ts";
import { exportCommand } from "./export.ts";
import { findCommand } from "./find.ts";
import { groupsCommand } from "./groups.ts";
import { importVectorsCommand } from "./importVectors.ts";
import { keepBestCommand } from "./keepBest.ts";
import { lintCommand } from "./lint.ts";
import { logCommand } from "./log.ts";
import { mapCommand } from "./map.ts";
import { nearestCommand } from "./nearest.ts";
import { overviewCommand } from "./overview.ts";
import { providerCommand } from "./provider.ts";
import { parityCommand } from "./parity.ts";
import { pruneCommand } from "./prune.ts";
import { readAsCommand } from "./readAs.ts";
import { recipeCommand } from "./recipe.ts";
import { relateCommand } from "./relate.ts";
import { rewriteCommand } from "./rewrite.ts";
import { rewritesCommand } from "./rewrites.ts";
import { rowsCommand } from "./rows.ts";
import { runCommand } from "./run.ts";
import { searchCommand } from "./search.ts";
import { showCommand } from "./show.ts";
import { splitCommand } from "./split.ts";
import { tuneCommand } from "./tune.ts";
import { undoCommand } from "./undo.ts";
import { verdictCommand } from "./verdict.ts";
import { worksheetCommand } from "./worksheet.ts";

/** All commands, in the order of their use. */
export const commands: readonly Command[] = [
  findCommand,
  runCommand,
  overviewCommand,
  rowsCommand,
  groupsCommand,
  lintCommand,
  searchCommand,
  showCommand,
  nearestCommand,
  mapCommand,
  verdictCommand,
  captionCommand,
  editCommand,
  rewriteCommand,
  rewritesCommand,
  worksheetCommand,
  keepBestCommand,
  relateCommand,
  pruneCommand,
  recipeCommand,
  compareCommand,
  checkCommand,
  splitCommand,
  exportCommand,
  tuneCommand,
  readAsCommand,
  logCommand,
  undoCommand,
  encodersCommand,
  encoderCommand,
  providerCommand,
  importVectorsCommand,
  cacheCommand,
  parityCommand,
  doctorCommand,
];
