import type { EncoderFolderApi } from "../../protocol/encoders.ts";
import type { Handlers } from "../../protocol/rpc.ts";
import type { Env } from "../env.ts";
import { describeEncoderGraphs, saveEncoderFolder } from "./describeGraphs.ts";

/** What the engine answers about graphs of which a person says what they don't tell themselves. */
export function createEncoderFolderHandlers(env: Env): Handlers<EncoderFolderApi> {
  return {
    describeGraphs: (request) => describeEncoderGraphs(request),
    saveEncoderFolder: (request) => saveEncoderFolder(env, request),
  };
}
