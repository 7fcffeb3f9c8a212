import type { WantedCaption } from "../../core/captions/edit.ts";
import type { Env } from "../env.ts";
import type { CaptionPlan, FileChanges, ReadCaption } from "../write/captionPlans.ts";
import { planCaptions, readCaptions } from "../write/captionPlans.ts";
import { askSideThread } from "./sideThread.ts";

/** Bytes of a file that are planned here: a longer text takes too long to be put together. */
const mostBytesHere = 8 << 20;

/** Plans changes in a file's bytes: those of a large file on the side thread. */
export async function planAside(env: Env, bytes: Buffer, asked: FileChanges): Promise<{ plans: readonly CaptionPlan[]; bytes: Buffer }> {
  if (bytes.length <= mostBytesHere) return { plans: await planCaptions(env, bytes, asked), bytes };
  const answer = await askSideThread<"captions">(env, { kind: "captions", bytes, asked });
  return { plans: answer.plans, bytes: Buffer.from(answer.bytes.buffer, answer.bytes.byteOffset, answer.bytes.byteLength) };
}

/** Reads captions in a file's bytes, which are gone then: those of a large file on the side thread. */
export async function readAside(env: Env, bytes: Buffer, wanted: readonly WantedCaption[]): Promise<readonly ReadCaption[]> {
  if (bytes.length <= mostBytesHere) return await readCaptions(env, bytes, wanted);
  return await askSideThread<"readCaptions">(env, { kind: "readCaptions", bytes, wanted });
}
