/** A checkpoint that open_clip loads: a model's name with a tag of its weights, `hf-hub:OWNER/NAME` or `local-dir:FOLDER`. */
export interface Checkpoint {
  readonly model: string;
  readonly pretrained: string | null;
}

/** Architectures that others publish under their own names, as open_clip calls them and the weights (open_clip/pretrained.py, 3.3). */
const published: Readonly<Record<string, Checkpoint>> = {
  "clip-vit-base-patch32": { model: "ViT-B-32-quickgelu", pretrained: "openai" },
  "clip-vit-base-patch16": { model: "ViT-B-16-quickgelu", pretrained: "openai" },
  "clip-vit-large-patch14": { model: "ViT-L-14-quickgelu", pretrained: "openai" },
  "clip-vit-large-patch14-336": { model: "ViT-L-14-336-quickgelu", pretrained: "openai" },
  "siglip-base-patch16-224": { model: "ViT-B-16-SigLIP", pretrained: "webli" },
  "siglip-base-patch16-256": { model: "ViT-B-16-SigLIP-256", pretrained: "webli" },
  "siglip-base-patch16-384": { model: "ViT-B-16-SigLIP-384", pretrained: "webli" },
  "siglip-large-patch16-256": { model: "ViT-L-16-SigLIP-256", pretrained: "webli" },
  "siglip-large-patch16-384": { model: "ViT-L-16-SigLIP-384", pretrained: "webli" },
  "siglip-so400m-patch14-384": { model: "ViT-SO400M-14-SigLIP-384", pretrained: "webli" },
};

/** Weights that open_clip finds in a folder, by their names there (open_clip/factory.py). */
const weightFiles = new Set(["open_clip_model.safetensors", "open_clip_pytorch_model.bin"]);

/**
 * The checkpoint that an ONNX encoder was most likely exported from, from its folder, the names of the files in it and its name, such as `laion/CLIP-ViT-B-32-laion2B-s34B-b79K`;
 * undefined where nothing tells it. A guess: it is held against the encoder's own vectors before anything is trained.
 */
export function checkpointOf({ folder, files, name }: { folder: string; files: readonly string[]; name: string }): Checkpoint | undefined {
  if (files.includes("open_clip_config.json") && files.some((file) => weightFiles.has(file)))
    return { model: `local-dir:${folder}`, pretrained: null };
  const known = published[name.split("/").at(-1)!.toLowerCase()];
  if (known !== undefined) return known;
  return /^(laion|apple|timm|facebook|marqo|ucsc-vlaa)\/[\w.-]+$/i.test(name) && files.includes("open_clip_config.json")
    ? { model: `hf-hub:${name}`, pretrained: null }
    : undefined;
}
