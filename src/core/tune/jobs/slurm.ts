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

/** The script of a run that a cluster trains, in its folder. */
export const slurmFile = "slurm.sh";

/**
 * The same job as a batch script for Slurm: one torchrun a machine, which meet at the first of them, and then the words of `afterwards`, which make an encoder of what was trained. It goes on in the run's
 * log and tells in the run's folder how it stands, as a run's own process does: its state with the name of its machine, and a file that it touches every few seconds. Sent again, it goes on from the
 * last checkpoint; two minutes before its time is over it is asked to keep its work. The folder must be seen by all machines.
 */
export function slurmScript(job: TuneJob, request: SlurmRequest, afterwards: readonly string[]): string {
  const { machines, gpus } = request;
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
    ...directives(job, request),
    "set -uo pipefail",
    `cd ${quoted(job.folder)} || exit 1`,
    ...Object.entries(job.env).map(([variable, value]) => `export ${variable}=${quoted(value)}`),
    telling,
    'first=$(scontrol show hostnames "${SLURM_JOB_NODELIST}" | head -n 1)',
    `srun ${words.join(" ")} &`,
    following,
    // Its last line tells how well the encoder agrees with what was trained.
    `${[job.command, ...afterwards].map(quoted).join(" ")} | tail -n 1 > exported.json || finish failed $?`,
    "finish done 0",
    "",
  ].join("\n");
}

function directives({ folder }: TuneJob, { name, machines, gpus, cores, time, partition }: SlurmRequest): readonly string[] {
  return [
    `--job-name=${name}`,
    `--nodes=${machines}`,
    "--ntasks-per-node=1",
    ...(gpus > 0 ? [`--gpus-per-node=${gpus}`] : []),
    `--cpus-per-task=${cores}`,
    `--time=${time}`,
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    `--output=${quoted(`${folder}/log.txt`)}`,
    "--open-mode=append",
    "--signal=TERM@120",
  ].map((directive) => `#SBATCH ${directive}`);
}

/** A wish to stop that came while it waited holds; the names are those of `runFolder.ts`. */
const telling = `began=$(date -u +%Y-%m-%dT%H:%M:%SZ)
tell() {
  printf '{"state":"%s","pid":%d,"startedAt":"%s","host":"%s"}\\n' "$1" "$$" "\${began}" "$(hostname)" > state.json.tmp
  mv state.json.tmp state.json
}
finish() {
  tell "$1"
  rm -f stop heartbeat
  exit "$2"
}
if [ -e stop ]; then finish stopped 0; fi
rm -f trainer.json
touch heartbeat
tell running`;

/** Trainers that don't look for the file \`stop\` are told by a signal after half a minute. */
const following = `work=$!
(
  asked=0
  while kill -0 "\${work}" 2> /dev/null; do
    touch heartbeat
    if [ -e stop ]; then asked=$((asked + 1)); fi
    if [ "\${asked}" -gt 6 ]; then kill -TERM "\${work}"; fi
    sleep 5
  done
) &
wait "\${work}"
code=$?
if [ -e stop ] || grep -qs '"state": "stopped"' trainer.json; then finish stopped 3; fi
if [ "\${code}" -ne 0 ]; then finish failed "\${code}"; fi`;

/** A word that a shell takes as it is. */
function quoted(word: string): string {
  return /^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
