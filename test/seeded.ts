import fc from "fast-check";

/** Properties are tried with the same values in every run, so that a failure is the change's doing; `WINNOW_SEED` tries others. */
fc.configureGlobal({ seed: Number(process.env["WINNOW_SEED"] ?? 1) });
