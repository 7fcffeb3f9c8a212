import { rename, rm } from "node:fs/promises";
import { catalogue } from "../../core/encoders/catalogue.ts";
import { type Dtype, dtypes } from "../../core/encoders/modelFiles.ts";
import type { DownloadableEncoder, DownloadedEncoder, DownloadEncoderRequest } from "../../protocol/encoders.ts";
import { readInt8Record } from "../encode/int8Record.ts";
import type { Env } from "../env.ts";
import { downloadModel, modelFolder, modelId, type ModelWatch } from "../hub/downloadModel.ts";
import { openHub } from "../hub/hub.ts";
import { HubError } from "../hub/hubError.ts";
import { readModelRecord } from "../hub/modelRecord.ts";

/** The encoders that Winnow offers to download, with whether they are there. */
export async function listDownloadableEncoders(env: Env): Promise<readonly DownloadableEncoder[]> {
  return await Promise.all(
    catalogue.map(async (model) => ({
      ...model,
      present: (await readModelRecord(modelFolder(env, modelId({ repository: model.id, dtype: model.dtype })))) !== undefined,
    })),
  );
}

/** Downloads an encoder into the cache, or finds it there. Rejects with a `HubError` that says what to do, also without a network. */
export async function downloadEncoder(env: Env, request: DownloadEncoderRequest, watch: ModelWatch): Promise<DownloadedEncoder> {
  const known = catalogue.find(({ id }) => id === request.id);
  const dtype = parseDtype(request.dtype ?? known?.dtype ?? "fp32");
  const { id: repository, hub: url, token, proxy } = request;
  const hub = openHub({ ...(url && { url }), ...(token && { token }), ...(proxy && { proxy }) });
  try {
    const revision = request.revision ?? known?.revision ?? "main";
    const { id, folder, record, isNew } = await downloadModel(env, hub, { repository, revision, dtype }, watch);
    return { id, folder, revision: record.revision, isNew };
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    const page = `${hub.url}/${repository}`;
    if (error.kind === "gated") throw new HubError("gated", `${error.message} (${page})`, { cause: error });
    if (error.kind !== "offline") throw error;
    const folder = modelFolder(env, modelId({ repository, dtype }));
    const message = `${error.message}. Without a network, bring config.json, preprocessor_config.json, the tokenizer's files and the folder onnx of ${page} into ${folder}, or choose a folder that has them`;
    throw new HubError("offline", message, { cause: error });
  } finally {
    await hub.close();
  }
}

/** Removes an encoder that was downloaded, or made in eight bits, from the cache; its vectors stay. Throws a HubError for any other. */
export async function removeEncoder(env: Env, id: string): Promise<{ readonly folder: string; readonly freedBytes: number }> {
  const isPlain = /^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/.test(id);
  const folder = modelFolder(env, isPlain ? id : "none");
  const freedBytes = isPlain ? await recordedBytes(folder) : undefined;
  if (freedBytes === undefined)
    throw new HubError(
      "missing",
      `Winnow has not downloaded ${id}: "winnow encoders" lists what is there, and a folder of your own is yours to remove`,
    );
  // Aside first, so that nobody finds half an encoder.
  const aside = `${folder}.removed-${process.pid}`;
  await rename(folder, aside);
  await rm(aside, { recursive: true, force: true });
  return { folder, freedBytes };
}

/** Undefined where the folder is not of Winnow's making. */
async function recordedBytes(folder: string): Promise<number | undefined> {
  const download = await readModelRecord(folder);
  if (download !== undefined) return download.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return (await readInt8Record(folder))?.sizeBytes;
}

function parseDtype(text: string): Dtype {
  const dtype = dtypes.find((known) => known === text);
  if (dtype === undefined) throw new HubError("unusable", `Expected a dtype of ${dtypes.join(", ")} but received "${text}"`);
  return dtype;
}
