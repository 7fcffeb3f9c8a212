import { expect, it, onTestFinished } from "vitest";
import { readEncoder } from "../../../../src/engine/encode/encoderFolder.ts";
import { encodeTexts, textKey } from "../../../../src/engine/encode/encodeTexts.ts";
import { openTower } from "../../../../src/engine/encode/tower.ts";
import { createQueryEncoder } from "../../../../src/engine/requests/queryEncoder.ts";
import { openVectors } from "../../../../src/engine/store/vectors.ts";
import { fixtureDim, textGraph, writeEncoder } from "../../../encoderFixture.ts";
import { onnxBytes } from "../../../onnx.ts";
import { createWorkplace } from "../store/workplace.ts";

it("gives a query the vector of a caption of the same words, also where the graph takes rows of one length alone", async () => {
  const { env, outside } = await createWorkplace();
  const inputs = textGraph.inputs.map((port) => ({ ...port, dims: ["batch", 16] }));
  const encoder = await readEncoder(env, await writeEncoder(outside, { "onnx/text_model.onnx": onnxBytes({ ...textGraph, inputs }) }));
  expect(encoder.descriptor.padding).toBe("max_length");
  const { tokenizer, descriptor: rule } = encoder;
  const store = await openVectors(env, rule.id, "text", fixtureDim);
  const openText = () => openTower(env, encoder, "text", { provider: "cpu" });
  await encodeTexts({ texts: ["a dog"], tokenizer, rule, openTower: openText, store, now: env.now });
  const caption = await store.read([textKey("a dog")]);
  const queries = createQueryEncoder(env, encoder);
  onTestFinished(() => queries.close());
  const query = await queries.encode({ kind: "text", text: "a dog" }, "cpu");
  expect(query.reduce((sum, value, at) => sum + value * caption[at]!, 0)).toBeCloseTo(1, 3);
});
