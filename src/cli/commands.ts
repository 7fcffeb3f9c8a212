import type { Command } from "./command.ts";
import { doctorCommand } from "./doctor.ts";
import { encodersCommand } from "./encoders.ts";
import { exportCommand } from "./export.ts";
import { groupsCommand } from "./groups.ts";
import { logCommand } from "./log.ts";
import { pruneCommand } from "./prune.ts";
import { rowsCommand } from "./rows.ts";
import { runCommand } from "./run.ts";
import { searchCommand } from "./search.ts";
import { splitCommand } from "./split.ts";
import { undoCommand } from "./undo.ts";
import { verdictCommand } from "./verdict.ts";

/** All commands, in the order of their use. */
export const commands: readonly Command[] = [
  runCommand,
  rowsCommand,
  groupsCommand,
  searchCommand,
  verdictCommand,
  pruneCommand,
  splitCommand,
  exportCommand,
  logCommand,
  undoCommand,
  encodersCommand,
  doctorCommand,
];
