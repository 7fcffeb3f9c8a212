import { createRandom } from "../../src/core/random.ts";
import { readEncoder } from "../../src/engine/encode/encoderFolder.ts";
import { createGemm } from "../../src/engine/encode/gemm.ts";
import { chooseProvider } from "../../src/engine/encode/probe.ts";
import { listProbes } from "../../src/engine/encode/probeRecord.ts";
import { openTower } from "../../src/engine/encode/tower.ts";
import { createEnv } from "../../src/engine/environment.ts";

// A child process that runs an encoder and products on WebGPU and on the CPU: a native crash ends it, and not the tests. `webgpuChild.ts <encoder> <cache>`
// prints one line of JSON (see `Found` of webgpu.test.ts).

const [folder, cache] = process.argv.slice(2) as [string, string];
const env = createEnv({ cacheFolder: cache });
const encoder = await readEncoder(env, folder);
const { width, height } = encoder.inputSize;
const rows = 5;
const pixels = noise(rows * 3 * width * height, 1);
const tokens = encoder.tokenizer.tokenize(["a dog", "two red balls", "b"], encoder.descriptor.contextLength);

const embedded = await Promise.all(
  (["cpu", "webgpu"] as const).map(async (provider) => {
    const [image, text] = [await openTower(env, encoder, "image", { provider }), await openTower(env, encoder, "text", { provider })];
    const found = {
      provider: image.provider,
      notice: image.notice ?? null,
      images: [...(await image.embedPixels(pixels, rows))],
      texts: [...(await text.embedTokens(tokens))],
    };
    await image.release();
    await text.release();
    return found;
  }),
);

const dim = 40;
const [a, b] = [noise(64 * dim, 2), noise(96 * dim, 3)];
const products = [];
for (const provider of ["cpu", "webgpu"] as const) {
  const gemm = await createGemm(env, provider);
  const product = [...(await gemm.multiply(a, b, dim))];
  const { scores, rowMaxima, columnMaxima } = await gemm.multiplyWithMaxima(a, b, dim);
  products.push({ product, scores: [...scores], rowMaxima: [...rowMaxima], columnMaxima: [...columnMaxima] });
  await gemm.release();
}

const chosen = await chooseProvider(env, encoder, { signal: new AbortController().signal, candidates: ["webgpu"] });
const [probe] = await listProbes(env);
console.log(JSON.stringify({ embedded, products, chosen: chosen.provider, figures: probe?.figures ?? [] }));

function noise(length: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => random() * 2 - 1);
}
