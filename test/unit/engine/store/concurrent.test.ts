import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { eachConcurrently, mapInOrder } from "../../../../src/engine/store/concurrent.ts";

const items = [5, 1, 4, 2, 3, 0];

describe("mapInOrder", () => {
  it("gives products in the order of the items and works on no more than it may", async () => {
    let [running, most] = [0, 0];
    const products: number[] = [];
    const work = async (item: number): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      await wait(item);
      running -= 1;
      return item * 10;
    };
    for await (const product of mapInOrder(items, 3, work)) products.push(product);
    expect([products, most]).toEqual([[50, 10, 40, 20, 30, 0], 3]);
  });

  it("fails where the failed item stands, after the ones before it", async () => {
    const products: number[] = [];
    const work = (item: number): Promise<number> => (item === 4 ? Promise.reject(new Error("four")) : Promise.resolve(item));
    const all = async (): Promise<void> => {
      for await (const product of mapInOrder(items, 6, work)) products.push(product);
    };
    await expect(all()).rejects.toThrow("four");
    expect(products).toEqual([5, 1]);
  });
});

describe("eachConcurrently", () => {
  it("does every item once", async () => {
    const seen: number[] = [];
    await eachConcurrently(items, 2, async (item) => {
      await wait(item);
      seen.push(item);
    });
    expect(seen.sort()).toEqual([0, 1, 2, 3, 4, 5]);
    await eachConcurrently([], 2, () => Promise.reject(new Error("never")));
  });
});
