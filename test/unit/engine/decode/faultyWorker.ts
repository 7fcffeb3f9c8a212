import { parentPort, workerData } from "node:worker_threads";
import type { DecodeRequest, DecodeWorkerData } from "../../../../src/engine/decode/decodeWorker.ts";
import "../../../../src/engine/decode/decodeWorker.ts";

// A decode thread that ends or hangs while it has a file of such a name in hand: what a decoder's fault or an endless loop would do.
const current = new Int32Array((workerData as DecodeWorkerData).current);

parentPort!.on("message", ({ number, job }: DecodeRequest) => {
  const path = job.locator.kind === "file" ? job.locator.path : "";
  if (path.includes("endsThread")) whenInHand(number, () => process.exit(1));
  if (path.includes("hangsThread"))
    whenInHand(number, () => {
      for (;;);
    });
});

function whenInHand(number: number, act: () => void): void {
  if (Atomics.load(current, 0) === number) act();
  else setImmediate(() => whenInHand(number, act));
}
