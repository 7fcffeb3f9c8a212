import { ClosedError } from "../protocol/rpc.ts";

/**
 * Why a process of the engine didn't answer: it ended by itself, we stopped it, it could not be started at all, it died too often to be started again, or
 * the window closes.
 */
export type GoneReason = "ended" | "stopped" | "cannotStart" | "givenUp" | "closing";

/** A process of the engine is gone. `detail` is what the system said, `output` the last that the process itself wrote; both are for the log. */
export class EngineGoneError extends ClosedError {
  readonly reason: GoneReason;
  readonly detail: string;
  readonly output: readonly string[];

  constructor(reason: GoneReason, detail: string, output: readonly string[] = []) {
    super(`The engine is gone (${detail})`);
    this.name = "EngineGoneError";
    this.reason = reason;
    this.detail = detail;
    this.output = output;
  }
}
