/** How often a method is right about pictures that it has not seen, as a share; `weight` is how much what was learned counts beside the encoder's own judgement. */
export interface JudgedMethod {
  readonly id: string;
  readonly name: string;
  readonly accuracy: number;
  readonly weight: number;
}

/** A picture that the best method takes for another class, with the shares that it gives to that one and to the label. */
export interface Misfit {
  readonly sample: string;
  readonly label: string;
  readonly predicted: string;
  readonly share: number;
  readonly labelShare: number;
}

/** Classifiers over the encoder's vectors of a dataset's pictures, each judged by five folds that never cut a group of duplicates. */
export interface Classified {
  readonly pictures: number;
  /** Pictures with a class but without a vector, which take no part. */
  readonly withoutVectors: number;
  /** The classes with how many pictures each has, and of how many of them the best method is right. */
  readonly classes: readonly { readonly name: string; readonly pictures: number; readonly right: number }[];
  /** The encoder alone comes first: it is the baseline. */
  readonly methods: readonly JudgedMethod[];
  readonly best: string;
  /** The surest first. */
  readonly misfits: readonly Misfit[];
  /** Where the judgements of all pictures lie, and a linear classifier that was fitted on all. */
  readonly folder: string;
}
