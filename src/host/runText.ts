import { formatModelUses } from "../core/modelUse.ts";
import { type Stage, stages } from "../core/stages.ts";
import type { RunReport } from "../protocol/engineApi.ts";
import type { RunState } from "../protocol/panelApi.ts";
import { currentStage } from "./runEstimate.ts";

/** What a stage does, as people read it while it lasts. */
const doing: Readonly<Record<Stage, string>> = {
  discover: "looking for pictures and captions",
  decode: "reading pictures",
  encode: "encoding",
  score: "scoring",
  cluster: "grouping",
  decide: "applying the recipe",
  write: "writing",
  tune: "fine-tuning",
};

/** A number with its noun, which gets an s where there isn't just one: `1 pair`, `12,000 pairs`. */
export function formatCount(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** A time that is left: `a few seconds`, `40 s`, `3 min`, `2 h 10 min`. */
export function formatTimeLeft(seconds: number): string {
  if (seconds < 5) return "a few seconds";
  if (seconds < 55) return `${Math.ceil(seconds / 5) * 5} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A run under way in a line: `encoding 12,000 of 50,000, 3 min left`. */
export function formatRunState({ progress, etaSeconds }: RunState): string {
  const current = currentStage(progress);
  if (current === undefined) return "starting";
  const { stage, done, cached, total } = current;
  const counts = total > 1 ? ` ${(done + cached).toLocaleString("en")} of ${total.toLocaleString("en")}` : "";
  const left = etaSeconds === null ? "" : `, ${formatTimeLeft(etaSeconds)} left`;
  return `${doing[stage]}${counts}${left}`;
}

/** The times of a run's stages, a line each, for the log. */
export function formatStageTimes({ dataset, stages: reports, encoder }: RunReport): string[] {
  const lines = stages.flatMap((stage) => {
    const report = reports[stage];
    if (report === undefined) return [];
    return [
      `${stage.padEnd(8)} ${Math.round(report.ms).toLocaleString("en").padStart(9)} ms, ${report.done} done, ${report.cached} cached of ${report.total}`,
      ...formatModelUses(report.models ?? {}).map((line) => `${"".padEnd(9)}${line}`),
    ];
  });
  const by = encoder === null ? "" : `, ${encoder.name} on ${encoder.provider}`;
  return [`${dataset.root}: ${formatCount(dataset.samples, "sample")}, ${formatCount(dataset.captions, "caption")}${by}`, ...lines];
}
