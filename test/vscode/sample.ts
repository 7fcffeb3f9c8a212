import { execFile } from "node:child_process";
import { cp } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Frame } from "playwright-core";
import { checkout } from "../engine/winnow.ts";
import { openWorkbench, type Workbench, type WorkbenchChoice } from "./workbench.ts";

/** The sample, analysed and shown in the panel of an editor. */
export interface OpenSample {
  readonly workbench: Workbench;
  /** The dataset's root. */
  readonly root: string;
  /** The panel's page. */
  readonly frame: Frame;
}

/** How the sample is opened. */
export interface SampleChoice extends Omit<WorkbenchChoice, "folder"> {
  readonly encoderBeside?: string;
}

/** Opens an editor on a copy of the sample that the command line has analysed, with its panel: where every suite of a view begins. `prepare` comes before the analysis, which is by an encoder beside the folder where one is named. */
export async function openSample({ encoderBeside, ...choice }: SampleChoice = {}): Promise<OpenSample> {
  const workbench = await openWorkbench({
    ...choice,
    prepare: async (folder, environment) => {
      await copySample(folder);
      await choice.prepare?.(folder, environment);
      const by = encoderBeside === undefined ? [] : ["--encoder", join(dirname(folder), encoderBeside)];
      await winnow(environment, ["run", folder, "--quiet", "--allow-problems", ...by]);
    },
  });
  await workbench.openSidebar();
  await workbench.treeItem("Overview").waitFor();
  await workbench.runCommand("Winnow: Open Panel");
  return { workbench, root: workbench.folder, frame: await workbench.panelFrame() };
}

/** Copies the sample's pictures and captions into a folder. */
export async function copySample(folder: string): Promise<void> {
  const filter = (path: string): boolean => !path.includes(".winnow");
  await cp(join(checkout, "media/sample"), folder, { recursive: true, filter, preserveTimestamps: true });
}

/** Runs the command line with an editor's cache and data; gives what it wrote. */
export async function winnow(environment: Readonly<Record<string, string>>, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(checkout, "src/cli/main.ts"), ...args], {
    env: { ...process.env, ...environment },
    maxBuffer: 2 ** 28,
  });
  return stdout;
}
