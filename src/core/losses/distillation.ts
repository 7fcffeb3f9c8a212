import { blockOf, defineLoss, targetOf } from "./loss.ts";
import { contrast } from "./parts/contrast.ts";
import { sumOf } from "./parts/part.ts";
import { followTeacher } from "./parts/teacher.ts";

/** (1 − λ) InfoNCE + λ ½ [mean_i KL(softmax(teacher_i/τ_t) ‖ softmax(s_i/τ)) + the same over columns]. */
export const distillation = defineLoss({
  id: "distillation",
  name: "Distillation of a teacher's similarities",
  description: "InfoNCE, and the batch's cosines as a frozen encoder sees them",
  source: "Vasu et al., MobileCLIP: Fast Image-Text Models through Multi-Modal Reinforced Training, 2024",
  blocks: ["imageText"],
  needs: ["teacher"],
  captions: "one",
  options: { distilled: 0.5, teacherTemperature: 0.02 },
  evaluate: (inputs, { distilled, teacherTemperature }) => {
    const teaching = { cosines: targetOf(inputs, "teacher"), temperature: teacherTemperature };
    return sumOf(inputs, [
      { on: "imageText", part: contrast(inputs), weight: 1 - distilled },
      { on: "imageText", part: followTeacher(blockOf(inputs, "imageText"), inputs.temperature, teaching), weight: distilled },
    ]);
  },
});
