import { expect, test } from "vitest";
import { createUseMeter } from "../../../../src/engine/encode/useMeter.ts";

test("a meter tells the share of time in which the model did not run, without the loading of it", async () => {
  let time = 1000;
  const meter = createUseMeter(() => time);
  const pass = (ms: number) => () => {
    time += ms;
    return Promise.resolve(ms);
  };
  expect(meter.use()).toBeUndefined();
  await pass(100)(); // the first batch is waited for
  expect(await meter.leaveOut(pass(5000))).toBe(5000);
  await meter.run(16, pass(300));
  await pass(100)();
  await meter.run(4, pass(500));
  await pass(700)(); // what comes after the last result
  expect(meter.use()).toEqual({ batches: 2, rows: 20, ms: 1000, idleShare: expect.closeTo(0.2, 10) as number });
});

test("a meter that looks at a clock too coarse for what it times knows no idleness", async () => {
  const meter = createUseMeter(() => 7);
  await meter.run(1, () => Promise.resolve());
  expect(meter.use()).toEqual({ batches: 1, rows: 1, ms: 0, idleShare: undefined });
});
