/** A matrix, row-major: `values` is rows × columns. Gradients come in the same kind of array. */
export interface Block {
  readonly values: Float32Array | Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/**
 * The matrices of cosines that losses are functions of; a batch has n images and m texts, and text i is a caption of image i for i < n. `imageExtra`: images ×
 * texts that are nobody's caption (text negatives). `imagePrototypes`: images × prototypes of the texts' clusters, `textPrototypes`: texts × prototypes of the images'
 * clusters. `imageQueue` and `textQueue`: against the texts of earlier batches. `reference`: pictures × texts that are trained on by nothing else.
 */
export const blockNames = [
  "imageText",
  "imageImage",
  "textText",
  "imageExtra",
  "imagePrototypes",
  "textPrototypes",
  "imageQueue",
  "textQueue",
  "reference",
] as const;

/** Names one of the matrices. */
export type BlockName = (typeof blockNames)[number];

/** What a loss takes as given: nothing is derived by it. */
export interface Targets {
  /** Which group an image (n) or a text (m) belongs to: those of one group match. */
  readonly imageGroups: Int32Array;
  readonly textGroups: Int32Array;
  /** Rows of the dataset's images (n) and texts (m), for what is kept from step to step. */
  readonly imageIds: Int32Array;
  readonly textIds: Int32Array;
  /** The image whose caption an extra text was made of, one an extra column. */
  readonly owners: Int32Array;
  /** The prototype that an image (n) or a text (m) belongs to by its partner: columns of `imagePrototypes` and `textPrototypes`. */
  readonly imageClusters: Int32Array;
  readonly textClusters: Int32Array;
  /** 1 where an image has the label of a prototype: images × prototypes. */
  readonly labels: Uint8Array;
  /** How much a pair counts (n), 0 or more. */
  readonly weights: Float32Array | Float64Array;
  /** A frozen teacher's cosines: images × texts, images × images, and those of the reference. */
  readonly teacher: Block;
  readonly teacherImages: Block;
  readonly teacherReference: Block;
  /** The texts' vectors as they are now (m × dim), for the queue. */
  readonly textFeatures: Block;
  /** Of what is left to chance in this step. */
  readonly seed: number;
}

/** Names one of the givens. */
export type TargetName = keyof Targets;

/** Temperatures and moving averages, one a row of the dataset. */
export interface Anchors {
  readonly temperatures: Float64Array;
  readonly averages: Float64Array;
}

/** What a loss carries from step to step. */
export interface LossState {
  /** Vectors of texts, the newest first. */
  readonly queue?: Block;
  readonly images?: Anchors;
  readonly texts?: Anchors;
}

/** Settings of a loss by name. */
export type LossOptions = Readonly<Record<string, number>>;

/** What a loss is a function of: τ > 0 divides cosines, and only losses of sigmoids have a bias. `options` stand before the loss's own. */
export interface LossInputs {
  readonly blocks: Readonly<Partial<Record<BlockName, Block>>>;
  readonly targets: Partial<Targets>;
  readonly temperature: number;
  readonly bias?: number;
  readonly options?: LossOptions;
  readonly state?: LossState;
}

/** A loss with its derivative for every block that it asks for, for τ and for the bias; `state` is for the next step. */
export interface LossResult {
  readonly loss: number;
  readonly gradients: Readonly<Partial<Record<BlockName, Block>>>;
  readonly temperature: number;
  readonly bias: number;
  readonly state: LossState;
}

/** How large the data are that a loss keeps something of. */
export interface DataSize {
  readonly images: number;
  readonly texts: number;
  readonly dim: number;
}

/** A loss as one file declares it. */
export interface LossDefinition<Options extends LossOptions> {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** The paper that it comes from. */
  readonly source: string;
  readonly blocks: readonly BlockName[];
  readonly needs: readonly TargetName[];
  /** Whether a batch holds one caption an image, so that m = n, or all of them. */
  readonly captions: "one" | "all";
  readonly options: Options;
  /** The bias at the beginning, where the encoder has none; 0 if absent. */
  readonly startBias?: number;
  /** What it begins with, where it keeps something. */
  readonly start?: (size: DataSize, options: Options) => LossState;
  readonly evaluate: (inputs: LossInputs, options: Options) => LossResult;
}

/** A loss as it is used: its own options are filled in. */
export interface Loss extends Omit<LossDefinition<LossOptions>, "start" | "evaluate"> {
  readonly start: (size: DataSize, options?: LossOptions) => LossState;
  /** Throws a RangeError that names what is missing. */
  readonly evaluate: (inputs: LossInputs) => LossResult;
}

/** Makes a loss of its declaration. */
export function defineLoss<Options extends LossOptions>(definition: LossDefinition<Options>): Loss {
  const { options: own, start, evaluate } = definition;
  return {
    ...definition,
    start: (size, options) => start?.(size, { ...own, ...options }) ?? {},
    evaluate: (inputs) => evaluate(inputs, { ...own, ...inputs.options }),
  };
}

/** A block that a loss asks for. Throws a RangeError where it was not given. */
export function blockOf({ blocks }: LossInputs, name: BlockName): Block {
  const block = blocks[name];
  if (block === undefined) throw new RangeError(`Expected the cosines ${name} for this loss but received none`);
  return block;
}

/** Something given that a loss asks for. Throws a RangeError where it was not given. */
export function targetOf<Name extends TargetName>({ targets }: LossInputs, name: Name): Targets[Name] {
  const target = targets[name];
  if (target === undefined) throw new RangeError(`Expected ${name} for this loss but received none`);
  return target;
}
