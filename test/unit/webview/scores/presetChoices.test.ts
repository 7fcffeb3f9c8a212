import { describe, expect, it } from "vitest";
import { captionRank } from "../../../../src/core/signals/captionRank.ts";
import { captionTokens } from "../../../../src/core/signals/captionTokens.ts";
import { clipScore } from "../../../../src/core/signals/clipScore.ts";
import { truncated } from "../../../../src/core/signals/truncated.ts";
import { countCut } from "../../../../webview/views/scores/cut.ts";
import { presetsOf } from "../../../../webview/views/scores/presetChoices.ts";

const sorted = Float32Array.from({ length: 1000 }, (_, at) => at / 1000);
const openai = { id: "openai/clip-vit-base-patch32@r/p/512/fp32", name: "openai/clip-vit-base-patch32" };
const other = { id: "my-clip@r/p/512/fp32", name: "my-clip" };

describe("presets", () => {
  it("keep the share that they name", () => {
    const { offered } = presetsOf(clipScore, sorted, other);
    expect(offered.map(({ title, cut }) => [title, countCut(sorted, cut).kept])).toEqual([
      ["Drop worst 5 %", 950],
      ["Drop worst 10 %", 900],
      ["Keep best 70 %", 700],
      ["Keep best 50 %", 500],
      ["Keep best 30 %", 300],
    ]);
  });

  it("cut off the upper end where lower is better", () => {
    const [worst] = presetsOf(captionRank, sorted, other).offered;
    expect(worst?.cut.min).toBeNull();
    expect(countCut(sorted, worst!.cut)).toMatchObject({ below: 0, kept: 950, above: 50 });
  });

  it("offer published cuts for their own encoder, and tell why not for others", () => {
    const own = presetsOf(clipScore, sorted, openai);
    expect(own.offered.map(({ cut }) => cut.min)).toEqual(expect.arrayContaining([0.25, 0.28]));
    expect(own.withheld.map(({ title }) => title)).toEqual(["DataComp: best 30 %"]);
    const foreign = presetsOf(clipScore, sorted, other);
    expect(foreign.withheld).toHaveLength(3);
    expect(foreign.withheld[0]?.why).toContain("my-clip");
  });

  it("are none where no end is better, or nothing is known", () => {
    expect(presetsOf(captionTokens, sorted, openai).offered).toEqual([]);
    expect(presetsOf(truncated, sorted, openai).offered).toEqual([]);
    expect(presetsOf(clipScore, new Float32Array(0), openai).offered).toEqual([]);
  });
});
