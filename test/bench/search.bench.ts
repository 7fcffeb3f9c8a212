import { availableParallelism } from "node:os";
import { matrixFromArray } from "../../src/core/matrix.ts";
import { createGemm } from "../../src/engine/encode/gemm.ts";
import type { Env } from "../../src/engine/env.ts";
import { cosinesOf } from "../../src/engine/requests/placedVectors.ts";
import type { ComputeApi } from "../../src/protocol/computeApi.ts";
import type { Query } from "../../src/protocol/engineApi.ts";
import type { Peer } from "../../src/protocol/rpc.ts";
import { forkChild } from "../engine/forkEngine.ts";
import { envIn, inFolder } from "./compare.ts";
import { describeMachine, median, peakMb, report } from "./peers.ts";
import { saveSearchable } from "./searchable.ts";
import { clusteredVectors } from "./vectors.ts";

// node test/bench/search.bench.ts [--quick]: how long a search takes: the cosines of one query with all pictures beside usearch's exactSearch,
// and a question to the forked compute process as the editor asks it, the first one and when it is warm.
const quick = process.argv.includes("--quick");
const dim = 512;
const sizes = quick ? { rows: 2000, rounds: 3 } : { rows: 100_000, rounds: 15 };

await inFolder(async (folder) => {
  const env = envIn(folder);
  const vectors = clusteredVectors({ rows: sizes.rows, dim, clusters: Math.ceil(sizes.rows / 100), spread: 1, seed: 1 });
  await benchCosines(env, vectors);
  const root = await saveSearchable(env, folder, { vectors, dim });
  const child = forkChild<ComputeApi>("src/engine/childMain.ts", ["compute"], folder);
  try {
    await benchChild(child.peer, root);
  } finally {
    child.process.kill();
  }
});

async function benchCosines(env: Env, vectors: Float32Array): Promise<void> {
  const { MetricKind, exactSearch } = await import("usearch");
  const gemm = await createGemm(env, "cpu");
  const placed = {
    count: sizes.rows,
    places: Int32Array.from({ length: sizes.rows }, (_, row) => row),
    matrix: { ...matrixFromArray(vectors, dim), dispose: () => Promise.resolve() },
  };
  const [ours, peer]: [number[], number[]] = [[], []];
  for (let round = 0; round < sizes.rounds; round += 1) {
    const query = vectors.slice(round * dim, (round + 1) * dim);
    ours.push(await timeOf(() => cosinesOf(placed, query, { gemm })));
    peer.push(await timeOf(() => exactSearch(vectors, query, dim, 20, MetricKind.IP, availableParallelism())));
  }
  await gemm.release();
  const rates = { ours: median(ours)!, peer: median(peer)! };
  report({
    name: "cosines of one query, usearch exactSearch",
    unit: "ms",
    ...rates,
    ratio: rates.peer / rates.ours,
    rows: sizes.rows,
    dim,
    machine: describeMachine(),
  });
}

async function benchChild(peer: Peer<ComputeApi>, root: string): Promise<void> {
  await peer.call("listEncoders", null);
  const ask = (query: Query): Promise<number> => timeOf(() => peer.call("similarities", { root, query, provider: "cpu" }));
  const queries: Readonly<Record<string, (round: number) => Query>> = {
    text: (round) => ({ kind: "text", text: `picture ${round}` }),
    sample: (round) => ({ kind: "sample", sample: `${String(round).padStart(7, "0")}.jpg` }),
  };
  for (const [kind, queryOf] of Object.entries(queries)) {
    const first = await ask(queryOf(0));
    const warm: number[] = [];
    for (let round = 1; round <= sizes.rounds; round += 1) warm.push(await ask(queryOf(round)));
    report({
      name: `search by ${kind} in the forked process, warm`,
      unit: "ms",
      ours: median(warm),
      goal: 100,
      firstMs: first,
      slowestMs: Math.max(...warm),
      rows: sizes.rows,
      dim,
      peakMb: peakMb(),
      machine: describeMachine(),
    });
  }
  const near: number[] = [];
  for (let round = 0; round <= sizes.rounds; round += 1) {
    near.push(
      await timeOf(() => peer.call("nearest", { root, sample: `${String(round).padStart(7, "0")}.jpg`, limit: 12, provider: "cpu" })),
    );
  }
  report({
    name: "nearest pictures and captions in the forked process, warm",
    unit: "ms",
    ours: median(near.slice(1)),
    firstMs: near[0],
    rows: sizes.rows,
    dim,
    machine: describeMachine(),
  });
}

async function timeOf(work: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
