import type { TuneRequest } from "../../protocol/tuneRuns.ts";
import type { Datasets } from "../datasets.ts";
import type { Caller } from "../engineClient.ts";
import type { StoreApi } from "../../protocol/storeApi.ts";
import { sentenceOf } from "../messages.ts";
import { formatProgress } from "./tuneText.ts";

/** What a task's terminal is made with. */
export interface RunTerminalParts {
  readonly store: Caller<StoreApi>;
  /** Starts the run; its id. */
  readonly begin: (request: TuneRequest) => Promise<{ readonly run: string }>;
  readonly datasets: Pick<Datasets, "get" | "onDidChange" | "refresh">;
  /** One line for the person. */
  readonly write: (line: string) => void;
  /** The run has ended, or could not begin; 0 where it is done. */
  readonly onEnd: (code: number) => void;
}

/** A run that a task has started. */
export interface RunTerminal {
  /** Looks away; the run goes on. */
  close(): void;
  /** Asks the run to stop. */
  stop(): void;
}

/** Starts a run and tells in lines how it goes, until it ends or nobody looks any more. */
export function openRunTerminal(request: TuneRequest, { store, begin, datasets, write, onEnd }: RunTerminalParts): RunTerminal {
  const { root } = request;
  let run: string | undefined;
  let isClosed = false;
  let told = "";
  const end = (code: number): void => {
    if (isClosed) return;
    isClosed = true;
    listening.dispose();
    onEnd(code);
  };
  const look = (): void => {
    const listed = datasets.get(root)?.overview?.tuneRuns?.find(({ id }) => id === run);
    if (isClosed || listed === undefined) return;
    const line = formatProgress(listed);
    if (line !== told) write(line);
    told = line;
    if (listed.state !== "running") end(listed.state === "done" ? 0 : 1);
  };
  const listening = datasets.onDidChange((changed) => changed === root && look());
  const start = async (): Promise<void> => {
    write(`Starting ${request.trainer} on ${root}`);
    ({ run } = await begin(request));
    write(`The run is ${run}. It goes on when this window closes; Ctrl+C here stops it`);
    await datasets.refresh(root);
    look();
  };
  void start().catch((error: unknown) => {
    write(sentenceOf(error));
    end(1);
  });
  return {
    close: () => {
      isClosed = true;
      listening.dispose();
    },
    stop: () => {
      if (run === undefined) return;
      write("Stopping before the next step");
      store.call("stopTuneRun", { root, run }).catch((error: unknown) => write(sentenceOf(error)));
    },
  };
}
