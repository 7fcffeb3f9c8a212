import { setImmediate } from "node:timers/promises";
import type { Steps } from "../../core/steps.ts";
import type { Env } from "../env.ts";

/** How long a turn may last: with the longest step after it, well below the 50 ms for which the store process may not answer. */
const turnMs = 8;

/** Called between pieces of work: a promise that others have had their turn, where the own one has lasted long enough. */
export type Pause = () => Promise<void> | undefined;

/** Makes pauses for one piece of long work. After a pause the promise rejects with the reason of a signal that fired. */
export function createPause({ now }: Pick<Env, "now">, signal?: AbortSignal): Pause {
  let began = now();
  return () => {
    if (now() - began < turnMs) return undefined;
    return setImmediate().then(() => {
      signal?.throwIfAborted();
      began = now();
    });
  };
}

/** What `work` makes of each item, in order; others have their turn in between. */
export async function mapInTurns<Item, Product>(items: Iterable<Item>, work: (item: Item) => Product, pause: Pause): Promise<Product[]> {
  const products: Product[] = [];
  for (const item of items) {
    products.push(work(item));
    const pausing = pause();
    if (pausing !== undefined) await pausing;
  }
  return products;
}

/** Does work that comes in steps, and lets what else the process has to do go on between them. */
export async function inTurns<Result>(env: Pick<Env, "now">, steps: Steps<Result>, signal?: AbortSignal): Promise<Result> {
  const pause = createPause(env, signal);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    const pausing = pause();
    if (pausing !== undefined) await pausing;
  }
}
