/**
 * How many tokens readers take, special ones counted as the encoder counts them: 77 and 64 of CLIP and SigLIP and 248 of Long-CLIP are whole; 75, 150 and 225
 * are kohya's, which puts two special ones around the whole; 256 and 512 are T5's with its end.
 */
export const tokenLimits: ReadonlyMap<number, number> = new Map([
  [77, 77],
  [64, 64],
  [248, 248],
  [75, 77],
  [150, 152],
  [225, 227],
  [256, 256],
  [512, 512],
]);

/** Those of trainers that cut a caption off: kohya's three, and T5's two. */
export const trainerLimits: readonly number[] = [75, 150, 225, 256, 512];
