import { connectToParent } from "../../src/engine/childConnection.ts";

/** What the child answers; its ends are what is tested. */
export interface MortalApi {
  echo: { params: { text: string }; result: { text: string } };
  exit: { params: { code: number }; result: null };
  kill: { params: null; result: null };
  throwLater: { params: null; result: null };
  wait: { params: null; result: null };
}

connectToParent<MortalApi>({
  echo: (params) => params,
  exit: ({ code }) => process.exit(code),
  kill: () => {
    process.kill(process.pid, "SIGKILL");
    return new Promise(() => undefined);
  },
  throwLater: () => {
    setImmediate(() => {
      throw new Error("thrown where nobody catches");
    });
    return new Promise(() => undefined);
  },
  wait: () => new Promise(() => undefined),
});
