import type { SampleName } from "./imageTrainer.ts";

/** Sample pictures by checkpoint and prompt; where a run was begun anew and painted the same again, the later one. Checkpoints of steps come before those of epochs. */
export function latestSamples<Sample extends SampleName & { readonly path: string }>(samples: readonly Sample[]): Sample[] {
  const latest = new Map<string, Sample>();
  for (const sample of samples) {
    const key = `${sample.unit} ${sample.at} ${sample.prompt}`;
    const known = latest.get(key);
    if (known === undefined || age(known) < age(sample)) latest.set(key, sample);
  }
  const rank = ({ unit }: SampleName): number => (unit === "step" ? 0 : 1);
  return [...latest.values()].sort((a, b) => rank(a) - rank(b) || a.at - b.at || a.prompt - b.prompt);
}

function age({ made, path }: SampleName & { readonly path: string }): string {
  return `${made.padStart(20, "0")} ${path}`;
}
