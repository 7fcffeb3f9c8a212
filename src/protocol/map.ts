/** A way to lay pictures out in two dimensions. */
export type Projection = "pca" | "umap";

/** Asks for the places of a dataset's pictures. */
export interface PointsRequest {
  readonly root: string;
  readonly projection: Projection;
}

/** Two coordinates a sample row, side by side; NaN for a picture without a vector. `about` says how they were made. */
export interface Points {
  readonly generation: string;
  readonly projection: Projection;
  readonly xy: Float32Array;
  readonly about: string;
}

/** Asks for a field of each sample, to colour points by; of several pairs the least favourable. */
export interface SampleColumnRequest {
  readonly root: string;
  readonly field: string;
}

/** A value a sample row: a number (NaN is unknown), or for texts the place in `names`. */
export interface SampleColumn {
  readonly generation: string;
  readonly field: string;
  readonly values: Float32Array;
  readonly names: readonly string[] | null;
}
