import { createRandom, shuffle } from "../../random.ts";

/** The pairs of a shard at most, of which webdataset's users speak as handy: some 1 GB of photos. */
const pairsEach = 10_000;

/** How pairs are dealt into WebDataset shards. `readers` are the processes that read: the workers of all that train. */
export interface ShardDeal {
  readonly pairs: number;
  readonly readers: number;
  readonly seed: number;
}

/** How many shards there are: as many for each reader, for each gets whole ones. */
export function countShards({ pairs, readers }: Omit<ShardDeal, "seed">): number {
  const each = Math.max(1, Math.ceil(pairs / pairsEach / readers));
  return each * readers;
}

/** The shard of each pair, drawn by the seed, so that a shard is a sample of all; they differ by one pair at most. */
export function dealShards(deal: ShardDeal): Int32Array {
  const shards = countShards(deal);
  const dealt = Int32Array.from({ length: deal.pairs }, (_, at) => at % shards);
  shuffle(dealt, createRandom(deal.seed));
  return dealt;
}

/** The name of a shard among others of a part: `train-000003.tar`. */
export function nameShard(part: string, shard: number): string {
  return `${part}-${String(shard).padStart(6, "0")}.tar`;
}

/** All shards of a part as webdataset has them in one word: `shards/train-{000000..000003}.tar`. */
export function nameShards(folder: string, part: string, shards: number): string {
  if (shards === 1) return `${folder}/${nameShard(part, 0)}`;
  const [first, last] = [0, shards - 1].map((shard) => String(shard).padStart(6, "0"));
  return `${folder}/${part}-{${first!}..${last!}}.tar`;
}
