import { createEnv } from "../../src/engine/environment.ts";
import { readCaptioner } from "../../src/engine/requests/captioner.ts";
import { startCaptioner } from "../../src/engine/rewrite/captionerProcess.ts";

// node parent.ts <captioner's folder>: loads a captioner in its process, prints that process's number, and waits to be killed.
const env = createEnv();
const { model } = await readCaptioner(env, process.argv[2]!);
const captioner = startCaptioner(env);
await captioner.call("load", model);
console.log(captioner.pid);
