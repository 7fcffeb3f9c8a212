import type { Finding, Machine } from "../jobs/preflight.ts";
import type { ImageTrainer } from "./imageTrainer.ts";

/** What a run of a text-to-image trainer asks of a machine. `missing` is the trainer's script as the job names it, undefined where it lies there; `warnings` are the trainer's own. */
export interface ImageRunWanted {
  readonly trainer: Pick<ImageTrainer, "name" | "packages" | "checkout">;
  readonly interpreter: string;
  readonly missing: string | undefined;
  readonly images: number;
  readonly warnings: readonly string[];
}

/** The base model, its checkpoints and what the trainer keeps of the pictures take several of these. */
const smallestDisk = 2e10;

/** Judges a machine and the data for a run of a text-to-image trainer, what is wrong first. */
export function judgeImageRun(machine: Machine, wanted: ImageRunWanted): readonly Finding[] {
  const findings = [
    ...trainerFindings(wanted),
    ...packageFindings(machine, wanted),
    ...gpuFindings(machine),
    ...diskFindings(machine),
    ...dataFindings(wanted),
  ];
  const order: readonly Finding["grade"][] = ["wrong", "doubtful", "fine"];
  return findings.sort((a, b) => order.indexOf(a.grade) - order.indexOf(b.grade));
}

function trainerFindings({ trainer: { name, checkout }, missing }: ImageRunWanted): Finding[] {
  if (missing === undefined) return [{ grade: "fine", sentence: `${name} is there` }];
  const fix = `${checkout === undefined ? "" : `${checkout}, and `}name its checkout as trainerFolder`;
  return [{ grade: "wrong", sentence: `${name} was not found, for there is no ${missing}`, fix }];
}

function packageFindings({ python, packages, failure }: Machine, { trainer, interpreter }: ImageRunWanted): Finding[] {
  const missing = trainer.packages.filter((name) => packages[name] === undefined);
  if (missing.length > 0)
    return [
      {
        grade: "wrong",
        sentence: `Python ${python} (${interpreter}) lacks ${missing.join(", ")}`,
        fix: `name the interpreter that has what ${trainer.name} needs as python, or ${interpreter} -m pip install ${missing.join(" ")}`,
      },
    ];
  if (failure !== null)
    return [
      { grade: "wrong", sentence: `torch can't be loaded (${failure})`, fix: `${interpreter} -m pip install --force-reinstall torch` },
    ];
  return [{ grade: "fine", sentence: `Python ${python} has ${trainer.packages.map((name) => `${name} ${packages[name]!}`).join(", ")}` }];
}

function gpuFindings({ gpus }: Machine): Finding[] {
  if (gpus.length > 0) return [{ grade: "fine", sentence: `torch sees ${gpus.map(({ name }) => name).join(", ")}` }];
  return [{ grade: "doubtful", sentence: "torch sees no GPU here, without which models that paint are hardly trained" }];
}

function diskFindings({ freeBytes }: Machine): Finding[] {
  if (freeBytes === null) return [];
  const sentence = `The disk has ${(freeBytes / 1e9).toFixed(1)} GB left`;
  if (freeBytes >= smallestDisk) return [{ grade: "fine", sentence }];
  return [
    {
      grade: "doubtful",
      sentence: `${sentence}, and a base model with its checkpoints takes more`,
      fix: "make room, or name another folder as out",
    },
  ];
}

function dataFindings({ images, warnings }: ImageRunWanted): Finding[] {
  const own = warnings.map((sentence): Finding => ({ grade: "wrong", sentence }));
  if (images === 0) return [{ grade: "wrong", sentence: "There is no picture to train on", fix: "keep more of the pairs" }, ...own];
  return own;
}
