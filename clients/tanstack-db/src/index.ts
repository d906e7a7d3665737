/** Tasklane's tasks as TanStack DB collections that work offline. */

export { type Item, type Kind, task } from "../../shared/kinds.js";
export { newTask, positionBetween } from "../../shared/draft.js";
export type { Edit } from "../../shared/edit.js";
export { Refusal, type RefusedEdit } from "./refusal.js";
export { type ItemOf, openReplica, type Replica, type ReplicaOptions } from "./replica.js";
