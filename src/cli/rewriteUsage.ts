import { WhereError } from "../core/where.ts";
import { RewriteError } from "../engine/requests/rewriteJob.ts";
import { FieldError } from "../engine/store/filters.ts";
import { UsageError } from "./command.ts";

/** Does work, and takes what is wrong with a request for wrong words of the call. */
export async function withUsageErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WhereError || error instanceof FieldError || error instanceof RewriteError) throw new UsageError(error.message);
    throw error;
  }
}
