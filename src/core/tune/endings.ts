/** The ends by a fall below the job's guard: of recall on what is held out, or of that on the canary. */
export const falls = ["fallen", "forgotten"] as const;
export type Fall = (typeof falls)[number];

/** Why a run of training ended: all epochs were done, the newest brought nothing better, or something fell. */
export const runEnds = ["allEpochs", "noBetter", ...falls] as const;
export type RunEnd = (typeof runEnds)[number];

/** What a person should know of an end; nothing where all epochs were done. */
export const endings: Readonly<Record<RunEnd, string | undefined>> = {
  allEpochs: undefined,
  noBetter: "It ended early, for the newest epochs brought nothing better",
  fallen: "It ended early, for recall fell far below what it was: lower --rate, or let it go on with --guard 0",
  forgotten:
    "It ended early, for it forgot what the encoder knew beside this dataset: take --loss keepZeroShot, lower --rate, or let it go on with --guard 0",
};
