import { expect, it, vi } from "vitest";
import { locateDataset } from "../../../../src/engine/store/dotWinnow.ts";
import type * as processStart from "../../../../src/engine/tune/processStart.ts";
import { createRun, findRun, findTraining, reserveRun, writeJob, writeRunState } from "../../../../src/engine/tune/runFolder.ts";
import { createWorkplace } from "../store/workplace.ts";
import { madeJob } from "./made.ts";

const looking = vi.hoisted(() => ({ atLook: (): Promise<void> => Promise.resolve() }));

vi.mock("../../../../src/engine/tune/processStart.ts", async (importOriginal) => ({
  ...(await importOriginal<typeof processStart>()),
  isRunning: async () => {
    await looking.atLook();
    return false;
  },
}));

it("finds a run done that ends while it is looked at, not dead", async () => {
  const { env, root } = await createWorkplace();
  const { folder: winnowFolder } = await locateDataset(env, root);
  const { id, folder } = await createRun(env, winnowFolder, madeJob());
  const state = { pid: 1, started: null, startedAt: "" };
  await writeRunState(folder, { ...state, state: "running" });
  looking.atLook = () => writeRunState(folder, { ...state, state: "done" });
  expect(await findRun(winnowFolder, id)).toMatchObject({ state: "done", message: undefined });
});

it("takes the newest training, where none is named, and not a comparison of it", async () => {
  const { env, root } = await createWorkplace();
  const { folder: winnowFolder } = await locateDataset(env, root);
  const { id: of } = await createRun(env, winnowFolder, madeJob());
  const { id, folder } = await reserveRun(env, winnowFolder, "z");
  await writeJob(folder, { schema: 1, trainer: "againstRandom", dataset: root, of, seeds: 2, job: madeJob() });
  expect((await findTraining(winnowFolder, undefined)).id).toBe(of);
  expect((await findTraining(winnowFolder, id)).id).toBe(id);
  expect((await findRun(winnowFolder, undefined)).id).toBe(id);
});
