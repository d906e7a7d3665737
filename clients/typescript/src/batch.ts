/** Several operations at once. */

import { content, type Operations } from "./operations.js";
import type { CallOptions } from "./transport.js";
import type { BatchOperation, BatchResults } from "./types.js";

/** How a batch is done. */
export interface BatchOptions extends CallOptions {
  /**
   * Whether all operations are done or none, as by default. If not, each is done or refused by itself, and the
   * result of a refused one has the `problem`.
   */
  atomic?: boolean;
}

/** @internal */
export async function batch(
  operations: Operations,
  list: BatchOperation[],
  { atomic = true, ...options }: BatchOptions = {},
): Promise<BatchResults> {
  const body = { operations: list, atomic };
  return content(await operations.api.POST("/api/batch", { body, ...operations.once(options) }));
}
