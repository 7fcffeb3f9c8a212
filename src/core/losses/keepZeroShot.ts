import { blockOf, defineLoss, targetOf } from "./loss.ts";
import { contrast } from "./parts/contrast.ts";
import { sumOf } from "./parts/part.ts";
import { followTeacher } from "./parts/teacher.ts";

/** InfoNCE + α ½ [KL(softmax(S_first/τ_t) ‖ softmax(S/τ)) over rows + over columns] on reference pictures × texts that need not be pairs. */
export const keepZeroShot = defineLoss({
  id: "keepZeroShot",
  name: "Keep zero-shot (ZSCL)",
  description: "InfoNCE, and reference pictures and texts stay to each other as before the tuning",
  source: "Zheng et al., Preventing Zero-Shot Transfer Degradation in Continual Learning of Vision-Language Models, 2023",
  blocks: ["imageText", "reference"],
  needs: ["teacherReference"],
  captions: "one",
  options: { kept: 1, teacherTemperature: 0.02 },
  evaluate: (inputs, { kept, teacherTemperature }) => {
    const teaching = { cosines: targetOf(inputs, "teacherReference"), temperature: teacherTemperature };
    return sumOf(inputs, [
      { on: "imageText", part: contrast(inputs) },
      { on: "reference", part: followTeacher(blockOf(inputs, "reference"), inputs.temperature, teaching), weight: kept },
    ]);
  },
});
