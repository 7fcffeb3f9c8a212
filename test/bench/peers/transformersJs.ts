import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { AutoProcessor, CLIPVisionModelWithProjection, env, RawImage } from "@huggingface/transformers";

// node transformersJs.ts <encoder's folder> <pictures' folder> <batch>: transformers.js over a folder of pictures on the CPU; loading the model isn't counted.
const [folder, pictures, batchText] = process.argv.slice(2) as [string, string, string];
const batch = Number(batchText);
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);
const name = basename(folder);
const processor = await AutoProcessor.from_pretrained(name);
const model = await CLIPVisionModelWithProjection.from_pretrained(name, { dtype: "fp32", device: "cpu" });
const files = readdirSync(pictures).sort();
const [startedAt, before] = [performance.now(), process.cpuUsage()];
let rows = 0;
for (let from = 0; from < files.length; from += batch) {
  const images = await Promise.all(files.slice(from, from + batch).map((file) => RawImage.read(join(pictures, file))));
  const inputs: unknown = await processor(images);
  const { image_embeds: embeds } = (await model(inputs)) as { image_embeds: { dims: readonly number[] } };
  rows += embeds.dims[0]!;
}
const { user, system } = process.cpuUsage(before);
if (rows !== files.length) throw new Error(`Expected ${files.length} vectors but received ${rows}`);
console.log(JSON.stringify({ ms: performance.now() - startedAt, cpuMs: (user + system) / 1000 }));
