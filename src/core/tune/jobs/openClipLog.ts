/** What stock open_clip's log tells: a step of an epoch, or recall after one. `epoch` counts from 0, `temperature` is 1 / its logit scale; recall is a share. */
export type OpenClipTold =
  | {
      readonly kind: "step";
      readonly epoch: number;
      readonly pairs: number;
      readonly loss: number;
      readonly meanLoss: number;
      readonly rate: number;
      readonly temperature: number;
      readonly atMs: number;
    }
  | { readonly kind: "recall"; readonly epoch: number; readonly imageToText: number; readonly textToImage: number; readonly atMs: number };

/** `2026-11-29,09:30:01 | INFO | Train Epoch: …`, as open_clip_train/logger.py and train.py write it (open_clip 3.3). */
const stamped = /^(\d{4}-\d\d-\d\d),(\d\d:\d\d:\d\d) \| INFO \| (.*)$/;
const trainLine =
  /^Train Epoch: (\d+) \[\s*(\d+)\/\d+ .*?LR: ([\d.e+-]+) Logit Scale: ([\d.e+-]+|nan) .*?(?:^|\s)Loss: ([\d.e+-]+|nan|inf) \(([\d.e+-]+|nan|inf)\)/;

/** Reads a line of the log; undefined for what is neither a step nor recall. */
export function parseOpenClipLine(line: string): OpenClipTold | undefined {
  const [, day, time, text] = stamped.exec(line) ?? [];
  if (text === undefined) return undefined;
  const atMs = Date.parse(`${day!}T${time!}Z`);
  const step = trainLine.exec(text);
  if (step !== null) {
    const [epoch, pairs, rate, scale, loss, meanLoss] = step.slice(1).map(toNumber) as [number, number, number, number, number, number];
    return { kind: "step", epoch, pairs, loss, meanLoss, rate, temperature: 1 / scale, atMs };
  }
  const evaluated = /^Eval Epoch: (\d+) (?!\[)/.exec(text);
  const [imageToText, textToImage] = ["image_to_text_R@1", "text_to_image_R@1"].map((name) => {
    const found = new RegExp(`${name}: ([\\d.]+)`).exec(text);
    return found === null ? NaN : Number(found[1]);
  }) as [number, number];
  if (evaluated === null || Number.isNaN(imageToText) || Number.isNaN(textToImage)) return undefined;
  return { kind: "recall", epoch: Number(evaluated[1]) - 1, imageToText, textToImage, atMs };
}

function toNumber(text: string): number {
  return text === "inf" ? Infinity : Number(text);
}
