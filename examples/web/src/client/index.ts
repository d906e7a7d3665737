export { TasklaneError } from "./error";
export { type LocalSession, localSession } from "./session";
export { createTasklane, type Tasklane } from "./tasklane";
export type * from "./types";
