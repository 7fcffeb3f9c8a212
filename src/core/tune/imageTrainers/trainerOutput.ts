import { plainTerminalText } from "../../terminalText.ts";
import type { TrainerMetric } from "../jobs/openClipMetrics.ts";

/** Takes the output of a trainer piece by piece, from where it was started, and gives the metrics that are new. */
export interface OutputReader {
  read(text: string): readonly TrainerMetric[];
  /** What the last line said, once no more comes. */
  end(): readonly TrainerMetric[];
  /** Whether the loss has been no number for so long that it will be none any more. */
  readonly isLost: boolean;
  /** How far the bar came, in steps of all; undefined where none was drawn. */
  readonly reached: { readonly done: number; readonly total: number } | undefined;
}

/** Mixed precision leaves out a step whose loss is no number; nobody comes back from so many in a row. */
const mostLost = 10;

/** tqdm's bar: `steps:  12%|█▏        | 12/100 [00:10<01:16,  1.15it/s, avr_loss=0.123]`. */
const bar = /^(.*?)(?::\s*)?\d+%\|[^|]*\|\s*(\d+)\/(\d+) \[([\d:]+)<([^\]]*)/;
/** The name of the bar by sd-scripts and diffusers, and behind `Epoch 1/10, ` by SimpleTuner; ai-toolkit's has the name of what is trained. */
const barOfSteps = /(?:^|, )steps$/i;
/** `avr_loss` of sd-scripts, `step_loss` of diffusers and SimpleTuner, `loss: ` of ai-toolkit. */
const lossWord = /(?:^|[\s,])(?:avr_|step_)?loss[=:]\s*([\d.e+-]+|nan|inf)/i;
/** sd-scripts before each epoch, from 1. Resumed, they count steps from 0 again. */
const epochLine = /^epoch (\d+)\/\d+$/;

/** By how many steps a bar may stand short at its end: ai-toolkit draws it before it counts the step. */
export const stepsShort = 1;

/** Reads the output of a text-to-image trainer whose job has so many epochs. All of them draw a bar of steps by tqdm, over and over in one line. */
export function createOutputReader(epochs: number): OutputReader {
  const state: State = { epochs, total: 0, done: 0, base: 0, pending: undefined, epoch: undefined, lost: 0 };
  let rest = "";
  const take = (lines: readonly string[]): readonly TrainerMetric[] => lines.flatMap((line) => takeLine(state, plainTerminalText(line)));
  return {
    read: (text) => {
      const lines = (rest + text).split(/[\r\n]/);
      const last = lines.pop()!;
      // A bar's line ends only when the next is drawn over it, which may be much later.
      const isWhole = last.endsWith("]");
      rest = isWhole ? "" : last;
      return take(isWhole ? [...lines, last] : lines);
    },
    end: () => [...take([rest]), ...settlePending(state), ...endEpoch(state, true)],
    get isLost() {
      return state.lost >= mostLost;
    },
    get reached() {
      return state.total === 0 ? undefined : { done: state.base + state.done, total: state.total };
    },
  };
}

/** A step, from 0, of an epoch, from 0; `elapsedMs` since the trainer began with its steps. */
interface Step {
  readonly step: number;
  readonly epoch: number;
  readonly loss: number | undefined;
  readonly elapsedMs: number;
}

/** The bar stands at `done` of `total`, to which `base` is added; `pending` may be drawn again with its own loss; `epoch` is the one under way. */
interface State {
  readonly epochs: number;
  total: number;
  done: number;
  base: number;
  pending: Step | undefined;
  epoch: { readonly fromMs: number; readonly last: Step } | undefined;
  lost: number;
}

function takeLine(state: State, line: string): readonly TrainerMetric[] {
  const epoch = epochLine.exec(line.trim())?.[1];
  if (epoch !== undefined) state.base = Math.round(((Number(epoch) - 1) * state.total) / state.epochs) - state.done;
  const [, name, done, total, elapsed, told = ""] = bar.exec(line) ?? [];
  const loss = lossWord.exec(told)?.[1];
  if (done === undefined || !(barOfSteps.test(name!) || loss !== undefined)) return [];
  state.done = Number(done);
  state.total = Number(total);
  if (state.done === 0) return [];
  const step = state.base + state.done - 1;
  if (step < (state.pending?.step ?? 0)) return [];
  const before = step === state.pending?.step ? [] : settlePending(state);
  const epochOf = Math.min(state.epochs - 1, Math.floor((step * state.epochs) / state.total));
  state.pending = { step, epoch: epochOf, loss: loss === undefined ? undefined : numberOf(loss), elapsedMs: msOf(elapsed!) };
  return before;
}

/** Takes the pending step for done. */
function settlePending(state: State): readonly TrainerMetric[] {
  const { pending } = state;
  state.pending = undefined;
  if (pending === undefined) return [];
  const ended = pending.epoch > (state.epoch?.last.epoch ?? pending.epoch) ? endEpoch(state, false) : [];
  state.epoch = { fromMs: state.epoch?.fromMs ?? 0, last: pending };
  const { step, epoch, loss } = pending;
  if (loss === undefined) return ended;
  if (!Number.isFinite(loss)) {
    state.lost += 1;
    return ended;
  }
  state.lost = 0;
  return [...ended, { kind: "step", epoch, step, loss, rate: null }];
}

/** Tells the epoch under way, with the loss of its last step, which is an average where the trainer tells one. `atEnd` only where no step of it is left. */
function endEpoch(state: State, atEnd: boolean): readonly TrainerMetric[] {
  const { epoch: underWay, total, epochs } = state;
  state.epoch = underWay === undefined ? undefined : { ...underWay, fromMs: underWay.last.elapsedMs };
  if (underWay === undefined) return [];
  const { epoch, step, loss, elapsedMs } = underWay.last;
  const next = Math.round(((epoch + 1) * total) / epochs);
  if (loss === undefined || !Number.isFinite(loss) || (atEnd && step + 1 < next - stepsShort)) return [];
  const unknown = { imageToText: null, textToImage: null, temperature: null };
  return [{ kind: "epoch", epoch, step: next, loss, ...unknown, ms: elapsedMs - underWay.fromMs }];
}

function numberOf(text: string): number {
  return /^inf/i.test(text) ? Infinity : Number(text); // "nan" is none
}

/** `01:16` or `1:02:03`. */
function msOf(clock: string): number {
  return clock.split(":").reduce((seconds, part) => 60 * seconds + Number(part), 0) * 1_000;
}
