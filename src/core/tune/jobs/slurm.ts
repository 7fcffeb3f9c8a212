import type { TuneJob } from "../tuneJob.ts";
import { launchWords, programOf } from "./launch.ts";

/** What a cluster is asked for. `time` as Slurm wants it, such as `08:00:00`; `gpus` and processes are those of one machine. */
export interface SlurmRequest {
  readonly name: string;
  readonly machines: number;
  readonly gpus: number;
  readonly cores: number;
  readonly time: string;
  readonly partition?: string;
}

/** Where the processes of several machines meet. */
const port = 29_500;

/**
 * The same job as a batch script for Slurm: one torchrun a machine, which meet at the first of them. Its log goes beside the run's files; sent again, it goes on from the last checkpoint, and two
 * minutes before its time is over it is asked to keep its work. The folder must be seen by all machines.
 */
export function slurmScript(job: TuneJob, request: SlurmRequest): string {
  const { name, machines, gpus, cores, time, partition } = request;
  const launch = {
    kind: "machines",
    machines,
    processes: Math.max(1, gpus),
    endpoint: `\${first}:${port}`,
    id: "${SLURM_JOB_ID}",
  } as const;
  const words = [job.command, ...launchWords(launch, programOf(job.args))].map((word) =>
    word.includes("${") ? `"${word}"` : quoted(word),
  );
  return [
    "#!/usr/bin/env bash",
    `#SBATCH --job-name=${name}`,
    `#SBATCH --nodes=${machines}`,
    "#SBATCH --ntasks-per-node=1",
    ...(gpus > 0 ? [`#SBATCH --gpus-per-node=${gpus}`] : []),
    `#SBATCH --cpus-per-task=${cores}`,
    `#SBATCH --time=${time}`,
    ...(partition === undefined ? [] : [`#SBATCH --partition=${partition}`]),
    `#SBATCH --output=${job.folder}/slurm-%j.txt`,
    "#SBATCH --signal=TERM@120",
    "set -euo pipefail",
    `cd ${quoted(job.cwd)}`,
    ...Object.entries(job.env).map(([variable, value]) => `export ${variable}=${quoted(value)}`),
    'first=$(scontrol show hostnames "${SLURM_JOB_NODELIST}" | head -n 1)',
    `srun ${words.join(" ")}`,
    "",
  ].join("\n");
}

/** A word that a shell takes as it is. */
function quoted(word: string): string {
  return /^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
