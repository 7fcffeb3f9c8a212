/**
 * How many processes train: one alone, several on one machine, or several on each of some machines that meet at an endpoint `host:port` under an id. Every machine starts the same words.
 */
export type Launch =
  | { readonly kind: "alone" }
  | { readonly kind: "machine"; readonly processes: number }
  | { readonly kind: "machines"; readonly processes: number; readonly machines: number; readonly endpoint: string; readonly id: string };

/** A Python program: a script by its path, or a module by its name, with its words. */
export type PythonProgram =
  | { readonly kind: "script"; readonly path: string; readonly args: readonly string[] }
  | { readonly kind: "module"; readonly name: string; readonly args: readonly string[] };

/**
 * Python's words for a program, under `torchrun` where there are several processes. torchrun takes `--logs` of a program for its own `--logs-specs`, and is told by `--` that its own
 * words are over; its module is named because the script `torchrun` may not be on the path.
 */
export function launchWords(launch: Launch, program: PythonProgram): readonly string[] {
  if (launch.kind === "alone") return [...(program.kind === "script" ? [program.path] : ["-m", program.name]), ...program.args];
  const named = program.kind === "script" ? ["--", program.path] : ["-m", "--", program.name];
  return ["-m", "torch.distributed.run", ...meeting(launch), "--nproc-per-node", String(launch.processes), ...named, ...program.args];
}

/** The program among the words that `launchWords` made. */
export function programOf(args: readonly string[]): PythonProgram {
  const isLaunched = args[1] === "torch.distributed.run";
  const own = isLaunched ? args.slice(args.indexOf("--nproc-per-node") + 2) : args;
  const isModule = own[0] === "-m";
  const [name = "", ...rest] = own.slice(Number(isModule) + Number(isLaunched));
  return isModule ? { kind: "module", name, args: rest } : { kind: "script", path: name, args: rest };
}

/** How many processes there are in all. */
export function processesOf(launch: Launch): number {
  if (launch.kind === "alone") return 1;
  return launch.kind === "machine" ? launch.processes : launch.processes * launch.machines;
}

function meeting(launch: Exclude<Launch, { kind: "alone" }>): readonly string[] {
  if (launch.kind === "machine") return ["--standalone"];
  const { machines, endpoint, id } = launch;
  return ["--nnodes", String(machines), "--rdzv-id", id, "--rdzv-backend", "c10d", "--rdzv-endpoint", endpoint];
}
