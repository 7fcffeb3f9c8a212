import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { float16FromFloat32 } from "../../../../src/core/float16.ts";
import type { Provider } from "../../../../src/core/providers.ts";
import { createRandom } from "../../../../src/core/random.ts";
import { readEncoder } from "../../../../src/engine/encode/encoderFolder.ts";
import type { Encoder } from "../../../../src/engine/encode/encoderFolder.ts";
import { createSession } from "../../../../src/engine/encode/session.ts";
import type { Session } from "../../../../src/engine/encode/session.ts";
import { createTower, openTower } from "../../../../src/engine/encode/tower.ts";
import type { Tower } from "../../../../src/engine/encode/tower.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { fixtureDim, fixtureSide, pictureGraph, writeEncoder } from "../../../encoderFixture.ts";
import { onnxBytes } from "../../../onnx.ts";
import { envIn } from "../store/workplace.ts";

const pixelCount = 3 * fixtureSide * fixtureSide;
const count = 37;
const random = createRandom(3);
const pixels = Float32Array.from({ length: count * pixelCount }, () => random() * 4 - 2);

let parent: string;
let env: Env;
let encoder: Encoder;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "winnow-tower-"));
  env = envIn(parent);
  encoder = await readEncoder(env, await writeEncoder(parent));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

/** What a made-up device does before a batch: it may throw. */
type Mood = (rows: number, run: number) => void;

interface Device extends Session {
  readonly rowsRun: number[];
}

/** A device that computes as the CPU does, in its own moods. */
async function deviceOf(provider: Provider, mood: Mood): Promise<Device> {
  const session = await createSession(env, encoder.image.path, { provider: "cpu" });
  const rowsRun: number[] = [];
  return {
    ...session,
    provider,
    rowsRun,
    run: (feeds, into) => {
      const rows = feeds["pixel_values"]!.dims[0]!;
      mood(rows, rowsRun.length);
      rowsRun.push(rows);
      return session.run(feeds, into);
    },
  };
}

const cpu = (): Promise<Session> => createSession(env, encoder.image.path, { provider: "cpu" });
const towerOn = (session: Session, openOnCpu = cpu): Tower => createTower({ env, encoder, modality: "image", session, openOnCpu });

async function expected(): Promise<Float32Array> {
  const tower = await openTower(env, encoder, "image", { provider: "cpu" });
  const vectors = await tower.embedPixels(pixels, count);
  await tower.release();
  return vectors;
}

function expectClose(vectors: Float32Array, reference: Float32Array, tolerance: number): void {
  expect(vectors.length).toBe(reference.length);
  vectors.forEach((value, i) => expect(Math.abs(value - reference[i]!)).toBeLessThan(tolerance));
}

const fullAbove =
  (most: number): Mood =>
  (rows) => {
    if (rows > most) throw new Error("std::conditional_t<THRW, void> onnxruntime::CudaCall CUDA failure 2: out of memory ; GPU=0");
  };

describe("a device without memory for the batch", () => {
  it("gets half of it until it fits, for the rest of the run, and the vectors are the same", async () => {
    const device = await deviceOf("cuda", fullAbove(6));
    const tower = towerOn(device);
    expectClose(await tower.embedPixels(pixels, count), await expected(), 1e-4);
    expect(device.rowsRun).toEqual([5, 5, 5, 5, 5, 5, 5, 2]);
    await tower.embedPixels(pixels, count);
    expect(Math.max(...device.rowsRun)).toBe(5);
    expect([tower.provider, tower.notice]).toEqual(["cuda", undefined]);
    await tower.release();
  });

  it("is given up for the CPU where not even one picture fits", async () => {
    const tower = towerOn(await deviceOf("webgpu", fullAbove(0)));
    expectClose(await tower.embedPixels(pixels, count), await expected(), 1e-4);
    expect(tower.provider).toBe("cpu");
    expect(tower.notice).toBe("webgpu failed in the middle (CUDA failure 2: out of memory): the rest is encoded on the CPU");
    await tower.release();
  });

  it("is told in a sentence where it is the CPU", async () => {
    const tower = towerOn(await deviceOf("cpu", fullAbove(0)));
    await expect(tower.embedPixels(pixels, count)).rejects.toThrow(
      /vision_model\.onnx failed as it ran .*there is not enough memory: close other programs, or take a smaller encoder/,
    );
    await tower.release();
  });
});

describe("a device that fails in the middle", () => {
  it("is given up for the CPU, which goes on from the batch that failed", async () => {
    const device = await deviceOf("cuda", (_, run) => {
      if (run === 1) throw new Error("CUDA failure 700: an illegal memory access\nmore of it");
    });
    const tower = towerOn(device);
    const reference = await expected();
    expectClose(await tower.embedPixels(pixels, count), reference, 1e-4);
    expect([tower.provider, tower.notice]).toEqual(["cuda", undefined]);
    expectClose(await tower.embedPixels(pixels, count), reference, 1e-4);
    expect(tower.provider).toBe("cpu");
    expect(tower.notice).toBe("cuda failed in the middle (CUDA failure 700: an illegal memory access): the rest is encoded on the CPU");
    await tower.release();
  });

  it("is told of to whoever remembers where encoders run fastest, once, and the sentence says so", async () => {
    const lost: Mood = () => {
      throw new Error("887A0005: the device was removed");
    };
    const told: object[] = [];
    const towerTelling = async (answer: () => Promise<boolean>): Promise<Tower> => {
      const onGivenUp = (failure: object): Promise<boolean> => (told.push(failure), answer());
      return createTower({ env, encoder, modality: "image", session: await deviceOf("dml", lost), openOnCpu: cpu, onGivenUp });
    };
    const tower = await towerTelling(() => Promise.resolve(true));
    await tower.embedPixels(pixels, count);
    await tower.embedPixels(pixels, count);
    expect(told).toEqual([{ provider: "dml", why: "887A0005: the device was removed" }]);
    expect(tower.notice).toMatch(
      /the rest is encoded on the CPU, and the next runs leave dml out \("winnow doctor --encoder … --again" measures anew\)$/,
    );
    const other = await towerTelling(() => Promise.reject(new Error("the disk is full")));
    expectClose(await other.embedPixels(pixels, count), await expected(), 1e-4);
    expect(other.notice).toMatch(/the rest is encoded on the CPU$/);
  });

  it("that can't even be given back doesn't keep the CPU from going on", async () => {
    const device = await deviceOf("dml", () => {
      throw new Error("887A0005: the device was removed");
    });
    const tower = towerOn({ ...device, release: () => Promise.reject(new Error("the device was removed")) });
    expectClose(await tower.embedPixels(pixels, count), await expected(), 1e-4);
    expect(tower.provider).toBe("cpu");
    await tower.release();
  });

  it("and the CPU that fails as well is an error with the graph's name", async () => {
    const lost: Mood = () => {
      throw new Error("it is gone");
    };
    const tower = towerOn(await deviceOf("cuda", lost), () => deviceOf("cpu", lost));
    await expect(tower.embedPixels(pixels, count)).rejects.toThrow(
      /vision_model\.onnx failed as it ran \(it is gone\): export or download/,
    );
    await tower.release();
  });
});

describe("a graph of half precision", () => {
  it("is fed and read as float16, and gives the directions of the full one", async () => {
    const graph = onnxBytes({
      ...pictureGraph,
      inputs: [{ name: "pixel_values", type: "float16", dims: ["batch", 3, fixtureSide, fixtureSide] }],
      outputs: [{ name: "image_embeds", type: "float16", dims: ["batch", fixtureDim] }],
      nodes: [
        { op: "Cast", inputs: ["pixelWeights"], outputs: ["halfWeights"], ints: { to: 10 } },
        { op: "Flatten", inputs: ["pixel_values"], outputs: ["flat"] },
        { op: "MatMul", inputs: ["flat", "halfWeights"], outputs: ["image_embeds"] },
      ],
    });
    const half = await readEncoder(env, await writeEncoder(parent, { "onnx/vision_model.onnx": graph }, "half"));
    expect(half.image.inputs[0]?.type).toBe("float16");
    const tower = await openTower(env, half, "image", { provider: "cpu" });
    const [vectors, reference] = [await tower.embedPixels(pixels, count), await expected()];
    expect(vectors).not.toEqual(reference);
    expectClose(vectors, reference, 0.05);
    expect(half.pixelType).toBe("float16");
    const halves = new Uint16Array(new SharedArrayBuffer(2 * pixels.length));
    expect(await tower.embedPixels(float16FromFloat32(pixels, halves), count)).toEqual(vectors);
    await tower.release();
  });
});

describe("a graph that is cut off", () => {
  it("is told with its path and what to do", async () => {
    const cut = onnxBytes(pictureGraph).slice(0, 300);
    await expect(writeEncoder(parent, { "onnx/vision_model.onnx": cut }, "cut").then((folder) => readEncoder(env, folder))).rejects.toThrow(
      /vision_model\.onnx is not a whole ONNX graph .*: export or download it again/,
    );
  });
});
