import type { Fall } from "../endings.ts";
import type { OpenClipTold } from "./openClipLog.ts";

/** A line of a run's metrics, as the head trainer writes them; what a trainer doesn't tell is null. `canary` is the mean recall on the canary where it is watched, `fall` that by which the run ends. */
export type TrainerMetric =
  | { readonly kind: "step"; readonly epoch: number; readonly step: number; readonly loss: number; readonly rate: number | null }
  | {
      readonly kind: "epoch";
      readonly epoch: number;
      readonly step: number;
      readonly loss: number;
      readonly imageToText: number | null;
      readonly textToImage: number | null;
      readonly canary?: number | undefined;
      readonly fall?: Fall | undefined;
      readonly temperature: number | null;
      readonly ms: number;
    };

type ToldStep = Extract<OpenClipTold, { kind: "step" }>;

/**
 * The metrics of a whole log of stock open_clip. Steps that were done again after a kill take the place of the first; an epoch without evaluation is told once the next begins, or where the log
 * `isOver`. `pairsEach` are the pairs of a step of all processes, `stepsEach` the steps of an epoch; a loss that is no number is left out.
 */
export function metricsFromLog(
  told: readonly OpenClipTold[],
  { pairsEach, stepsEach, isOver }: { readonly pairsEach: number; readonly stepsEach: number; readonly isOver: boolean },
): readonly TrainerMetric[] {
  const steps = new Map<number, ToldStep>();
  const recalls = new Map<number, Extract<OpenClipTold, { kind: "recall" }>>();
  for (const one of told)
    if (one.kind === "recall") recalls.set(one.epoch, one);
    else steps.set(one.epoch * stepsEach + Math.round(one.pairs / pairsEach) - 1, one);
  const epochs = [...new Set([...steps.values()].map(({ epoch }) => epoch))].sort((a, b) => a - b);
  return epochs.flatMap((epoch): readonly TrainerMetric[] => {
    const own = [...steps].filter(([, step]) => step.epoch === epoch).sort(([a], [b]) => a - b);
    const lines = own
      .filter(([, { loss }]) => Number.isFinite(loss))
      .map(([step, { loss, rate }]) => ({ kind: "step", epoch, step, loss, rate }) as const);
    const [last, recall] = [own.at(-1)![1], recalls.get(epoch)];
    const isDone = recall !== undefined || isOver || epoch < epochs.at(-1)!;
    if (!isDone || !Number.isFinite(last.meanLoss)) return lines;
    const { meanLoss: loss, temperature } = last;
    const ms = (recall ?? last).atMs - own[0]![1].atMs;
    const shares = { imageToText: recall?.imageToText ?? null, textToImage: recall?.textToImage ?? null };
    return [...lines, { kind: "epoch", epoch, step: (epoch + 1) * stepsEach, loss, ...shares, temperature, ms }];
  });
}

/** Whether a log tells a loss that is no number: stock goes on with it for nothing. */
export function hasLostLoss(told: readonly OpenClipTold[]): boolean {
  return told.some((one) => one.kind === "step" && !Number.isFinite(one.loss));
}
