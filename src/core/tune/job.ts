import type { EncoderId } from "../encoder.ts";
import type { LossOptions } from "../losses/loss.ts";
import type { ProviderChoice } from "../providers.ts";
import type { TowerName } from "./headModel.ts";
import type { HeadOptions } from "./heads/head.ts";

/** All that a run of the head trainer depends on beside the data: the same job on the same data gives the same result. */
export interface HeadJob {
  readonly schema: 1;
  readonly trainer: "head";
  readonly dataset: string;
  readonly encoder: { readonly id: EncoderId; readonly folder: string; readonly name: string };
  readonly loss: string;
  readonly lossOptions: LossOptions;
  readonly head: string;
  readonly headOptions: HeadOptions;
  readonly on: readonly TowerName[];
  readonly epochs: number;
  /** Images in a batch. */
  readonly batch: number;
  readonly rate: number;
  readonly decay: number;
  /** The share of all steps in which the rate rises. */
  readonly warmup: number;
  readonly temperature: number;
  readonly bias: number;
  readonly learnsTemperature: boolean;
  readonly seed: number;
  /** How many epochs may bring no better recall before the run ends; 0 lets it go on. */
  readonly patience: number;
  /** Below this share of what they were at the beginning, recall or that on the canary ends the run, for the head forgets what the encoder knew; 0 lets it go on. */
  readonly guard: number;
  /** Whether confusable groups come into one batch. */
  readonly confusable: boolean;
  /** The share of the items that is held out where the dataset has no validation split. */
  readonly heldOut: string;
  readonly provider: ProviderChoice;
}

/** What is taken where nobody says otherwise. */
export const jobDefaults = {
  loss: "infoNce",
  head: "linear",
  on: ["image", "text"],
  epochs: 20,
  batch: 512,
  rate: 1e-3,
  decay: 0.01,
  warmup: 0.1,
  learnsTemperature: true,
  seed: 1,
  patience: 5,
  guard: 0.5,
  confusable: false,
  heldOut: "10%",
} as const satisfies Partial<HeadJob>;

/** Where neither the encoder nor a person tells a temperature: CLIP's at the beginning of its training. */
export const usualTemperature = 0.07;

/** What a person said of a run; the rest is filled in. */
export type SaidJob = Partial<Omit<HeadJob, "schema" | "trainer" | "dataset" | "encoder">>;
