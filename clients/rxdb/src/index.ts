/** Tasklane's tasks in RxDB, replicated in both directions. */

export { type Item, type Kind, task } from "../../shared/kinds.js";
export { newTask, positionBetween } from "../../shared/draft.js";
export type { Checkpoint } from "./pull.js";
export type { Refusal } from "./push.js";
export { replicate, type ReplicateOptions } from "./replicate.js";
export { taskCollection } from "./schema.js";
