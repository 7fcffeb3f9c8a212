import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Rule } from "../../src/core/prune/policy.ts";
import type { AnalysedDataset } from "../../src/engine/requests/analysedDataset.ts";
import { compare } from "../../src/engine/requests/compare.ts";
import { keepBest } from "../../src/engine/requests/keepBest.ts";
import { readGroups } from "../../src/engine/requests/readGroups.ts";
import { createSessions } from "../../src/engine/requests/sessions.ts";
import { saveItems } from "../../src/engine/requests/sets.ts";
import { drawSpotCheck, estimateSpotCheck, saveLabels } from "../../src/engine/requests/spotCheck.ts";
import { applyRules, tryRules } from "../../src/engine/requests/tryRules.ts";
import { saveMadeAnalysis } from "../unit/engine/requests/analysisFixture.ts";
import { envIn, inFolder } from "./compare.ts";
import { describeMachine, median, peakMb, report } from "./peers.ts";

// node test/bench/curation.bench.ts [--quick]: rules, comparisons, groups and spot checks as the store process answers them, over made-up pairs, five
// a picture: medians in ms, and the longest time of this thread (`turnMs`) in which nothing else could have been answered; time of the processor, so
// that other work on the machine doesn't count. The first question of each kind reads what the next ones find in memory (`firstMs`).
const quick = process.argv.includes("--quick");
const sizes = quick ? [1000] : [100_000, 1_000_000];
const rounds = quick ? 1 : 3;
const captionsPerSample = 5;

// `--make <folder> <count>`: what is measured is made in a process of its own, which leaves no memory behind to be cleared.
const [isMaking, madeFolder = "", madeCount] = process.argv.slice(2);
if (isMaking === "--make") await make(madeFolder, Number(madeCount));
else for (const size of sizes) await inFolder((folder) => benchSize(folder, size));

async function make(folder: string, count: number): Promise<void> {
  await saveMadeAnalysis(envIn(folder), join(folder, "dataset"), {
    samples: count / captionsPerSample,
    captionsPerSample,
    problems: false,
  });
}

async function benchSize(folder: string, count: number): Promise<void> {
  const [env, root] = [envIn(folder), join(folder, "dataset")];
  await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), "--make", folder, String(count)]);
  const sessions = createSessions(env);
  const rules = (share: number): Rule[] => [
    { policy: "keepTop", signal: "clipScore", unit: "pair", aggregate: "mean", keep: `${share}%` },
    { policy: "deduplicate", of: "nearDuplicate", mergeCaptions: false },
  ];
  const cut = { root, signal: "clipScore", cut: 0.2 };
  const questions: Readonly<Record<string, (dataset: AnalysedDataset, round: number) => Promise<unknown>>> = {
    "try rules": (dataset, round) => tryRules(env, dataset, { rules: rules(70 - round) }),
    "apply rules": (dataset, round) => applyRules(env, dataset, { root, rules: rules(70 - round) }),
    "compare with the start": (dataset) =>
      compare(
        env,
        dataset,
        { left: { kind: "operation", operation: null }, right: { kind: "current" } },
        { saveSet: (pairs) => saveItems(dataset, pairs) },
      ),
    "tell the best of copies": (dataset) => keepBest(env, dataset, { root, kind: "nearDuplicate", by: "score", apply: false }),
    "50 confusable groups": (dataset, round) =>
      readGroups(env, dataset, { kind: "confusable", from: 50 * round, to: 50 * round + 50, fields: ["clipScore"] }),
    "draw 100 pairs": (dataset, round) => drawSpotCheck(env, dataset, { ...cut, size: 100, seed: round }),
    "label 10 pairs": async (dataset, round) => {
      const { pairs } = await drawSpotCheck(env, dataset, { ...cut, size: 10, seed: round });
      await saveLabels(env, dataset, { root, labels: pairs.map((pair, at) => ({ ...pair, label: at % 2 === 0 ? "match" : "mismatch" })) });
    },
    "estimate precision and recall": (dataset) => estimateSpotCheck(env, dataset, cut),
  };
  try {
    await sessions.use(root, (dataset) => dataset.shape());
    for (const [name, ask] of Object.entries(questions)) {
      // The session reads a changed state first, which is measured by store.bench.ts.
      const first = await measure(() => sessions.use(root, (dataset) => ask(dataset, 0)));
      const times = [];
      for (let round = 1; round <= rounds; round += 1) {
        await sessions.use(root, () => Promise.resolve());
        times.push(await measure(() => sessions.use(root, (dataset) => ask(dataset, round))));
      }
      report({
        name: `curation: ${name}`,
        unit: "ms",
        ours: median(times.map(({ ms }) => ms)),
        firstMs: first.ms,
        turnMs: Math.max(...times.map(({ turnMs }) => turnMs)),
        firstTurnMs: first.turnMs,
        count,
        rounds,
        peakMb: peakMb(),
        machine: describeMachine(),
      });
    }
  } finally {
    sessions.close();
  }
}

/** Times work, and the most of this thread's time between two turns of the event loop. */
async function measure(work: () => Promise<unknown>): Promise<{ ms: number; turnMs: number }> {
  let [last, turnMs, goesOn] = [threadMs(), 0, true];
  const turn = (): void => {
    const now = threadMs();
    turnMs = Math.max(turnMs, now - last);
    last = now;
    if (goesOn) setImmediate(turn);
  };
  setImmediate(turn);
  const startedAt = performance.now();
  await work();
  goesOn = false;
  return { ms: performance.now() - startedAt, turnMs };
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
