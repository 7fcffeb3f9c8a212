import { describe, expect, test } from "vitest";
import { families, findFamily, recogniseFamily } from "../../../../src/core/encoders/families.ts";
import type { FamilySigns } from "../../../../src/core/encoders/family.ts";

describe("a family is recognised", () => {
  const cases: readonly [string, FamilySigns][] = [
    ["clip", { modelType: "clip", names: ["clip-vit-base-patch32"] }],
    ["clip", { modelType: "clip", names: ["tiny"] }],
    ["openclip", { modelType: "clip", names: ["CLIP-ViT-B-32-laion2B-s34B-b79K"] }],
    ["openclip", { names: ["my-model"], layout: "openClip" }],
    ["siglip", { modelType: "siglip", names: ["siglip-base-patch16-224"] }],
    ["siglip", { names: ["export", "vit_base_patch16_siglip_224", "timm/ViT-B-16-SigLIP"], layout: "openClip" }],
    ["siglip2", { modelType: "siglip", names: ["siglip2-base-patch16-224-ONNX"] }],
    ["siglip2", { names: ["export", "vit_base_patch16_siglip_224", "timm/ViT-B-16-SigLIP2"], layout: "openClip" }],
    ["mobileclip", { modelType: "clip", names: ["mobileclip_s2"] }],
    ["mobileclip", { names: ["export", "fastvit_mci2"], layout: "openClip" }],
    ["tinyclip", { modelType: "clip", names: ["TinyCLIP-ViT-8M-16-Text-3M-YFCC15M"] }],
    ["longclip", { modelType: "clip", names: ["LongCLIP-B"] }],
    ["chineseclip", { modelType: "chinese_clip", names: ["chinese-clip-vit-base-patch16"] }],
    ["biomedicalclip", { names: ["BiomedCLIP-PubMedBERT_256-vit_base_patch16_224"], layout: "openClip" }],
    ["biomedicalclip", { names: ["x", "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract"], layout: "openClip" }],
    ["remotesensingclip", { modelType: "clip", names: ["RemoteCLIP-ViT-B-32"] }],
    ["remotesensingclip", { modelType: "clip", names: ["GeoRSCLIP"] }],
    ["jinaclip", { modelType: "jina_clip", names: ["any"] }],
    ["evaclip", { names: ["EVA02-L-14"], layout: "openClip" }],
    ["dinov2", { modelType: "dinov2_with_registers", names: ["any"] }],
    ["dinov3", { modelType: "dinov3_vit", names: ["any"] }],
    ["dinov2", { modelType: "nobody-knows", architectures: ["Dinov2Model"], names: ["any"] }],
    ["unknown", { modelType: "bag-of-words", names: ["bag"] }],
  ];
  test.each(cases)("%s from %j", (id, signs) => expect(recogniseFamily(signs).id).toBe(id));

  test("by its kind of model before its name: a folder called siglip that holds a DINOv2 is one", () => {
    expect(recogniseFamily({ modelType: "dinov2", names: ["siglip-or-not"] }).id).toBe("dinov2");
  });
});

describe("the registry", () => {
  test("has each family once, with a source", () => {
    expect(new Set(families.map(({ id }) => id)).size).toBe(families.length);
    for (const { id, source } of families) expect(source, id).toMatch(/arXiv:\d{4}\.\d{5}/);
    expect(families.map(({ id }) => findFamily(id))).toEqual(families);
  });

  test("knows how long texts are, and why padding is free or not", () => {
    const facts = Object.fromEntries(families.map(({ id, text }) => [id, text && [text.contextLength, text.padding]]));
    expect(facts).toEqual({
      longclip: [248, "endOfText"],
      mobileclip: [77, "trainedPadded"],
      tinyclip: [77, "endOfText"],
      chineseclip: [52, "mask"],
      biomedicalclip: [256, "padId"],
      remotesensingclip: [77, "endOfText"],
      jinaclip: [512, "padId"],
      evaclip: [77, "endOfText"],
      siglip2: [64, "trainedPadded"],
      siglip: [64, "trainedPadded"],
      dinov3: undefined,
      dinov2: undefined,
      openclip: [77, "endOfText"],
      clip: [77, "endOfText"],
    });
  });
});
