/** Does `work` on every item, at most `concurrency` at once, in no promised order. The first failure ends it. */
export async function eachConcurrently<Item>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const item = items[next] as Item;
      next += 1;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, lane));
}

/** Gives the products of `work` in the order of the items, working on at most `concurrency` items ahead of the reader. */
export async function* mapInOrder<Item, Product>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<Product>,
): AsyncGenerator<Product> {
  const ahead: Promise<Product>[] = [];
  const start = (item: Item): void => {
    const product = work(item);
    product.catch(() => undefined); // thrown again where it is awaited; here it must only not count as unhandled
    ahead.push(product);
  };
  let next = 0;
  while (next < items.length || ahead.length > 0) {
    while (next < items.length && ahead.length < concurrency) {
      start(items[next] as Item);
      next += 1;
    }
    yield await (ahead.shift() as Promise<Product>);
  }
}
