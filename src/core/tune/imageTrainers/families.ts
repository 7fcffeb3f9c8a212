/** A kind of base model, with the model that is taken where none is named and the side in pixels that it was made for. */
export interface ModelFamily {
  readonly id: string;
  readonly model: string;
  readonly resolution: number;
}

/** The kinds of base models that trainers are configured for. */
export const families = {
  sd15: { id: "sd15", model: "stable-diffusion-v1-5/stable-diffusion-v1-5", resolution: 512 },
  sdxl: { id: "sdxl", model: "stabilityai/stable-diffusion-xl-base-1.0", resolution: 1024 },
  flux: { id: "flux", model: "black-forest-labs/FLUX.1-dev", resolution: 1024 },
} as const satisfies Record<string, ModelFamily>;
