/** Why a run of training ended: all epochs were done, the newest brought nothing better, or recall fell below the job's guard. */
export const runEnds = ["allEpochs", "noBetter", "fallen"] as const;
export type RunEnd = (typeof runEnds)[number];

/** What a person should know of an end; nothing where all epochs were done. */
export const endings: Readonly<Record<RunEnd, string | undefined>> = {
  allEpochs: undefined,
  noBetter: "It ended early, for the newest epochs brought nothing better",
  fallen: "It ended early, for recall fell far below what it was: lower --rate, or let it go on with --guard 0",
};
