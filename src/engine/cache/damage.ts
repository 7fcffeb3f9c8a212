import type { Pause } from "../store/inTurns.ts";
import type { CachePiece } from "./inventory.ts";

/** What is wrong with a file of a piece. `paths` is what has to go for it to be made again. */
export interface Damage {
  readonly file: string;
  readonly what: string;
  readonly paths: readonly string[];
}

/** Reads a piece whole and tells what is wrong with it; `pause` lets others have their turn in a long loop. */
export type Check = (piece: CachePiece, pause: Pause) => Promise<readonly Damage[]>;

/** A sentence's part for what reading threw. */
export function unreadable(error: unknown): string {
  return `it can't be read (${error instanceof Error ? error.message : String(error)})`;
}
