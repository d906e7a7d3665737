/** The API's types under short names. All of them are generated from the OpenAPI document. */

import type { components, operations } from "./document.js";

type Schemas = components["schemas"];

/** A task. Its `revision` is its entity tag. */
export type Task = Schemas["Task"];
/** The content of a new task. */
export type TaskDraft = Schemas["TaskDraft"];
/** Parts of a task: absent members keep, null sets the default, `due` is merged member by member. */
export type TaskPatch = Schemas["TaskPatch"];
/** Where a task is moved among those with the same parent: beside another one, or last. */
export type TaskMove = Schemas["TaskMove"];
/** An item that changed, in its newest state: `deleted` in the trash too, `item` null when it was erased. */
export type Change = Schemas["Change"];
/** When a task is due: all day, floating or zoned. */
export type Due = Schemas["Due"];
/** The priority of a task. */
export type Priority = Schemas["Priority"];
/** The order of a list; `-` stands for descending. */
export type Sort = Schemas["Sort"];
/** One operation of a batch. */
export type BatchOperation = Schemas["BatchOperation"];
/** The result of each operation of a batch. */
export type BatchResults = Schemas["BatchResults"];
/** A person who owns tasks. */
export type User = Schemas["User"];
/** Parts of a user's profile: absent members keep, null sets the default. */
export type UserPatch = Schemas["UserPatch"];
/** The credentials of a local account. */
export type Credentials = Schemas["Credentials"];
/** A new local account. */
export type Registration = Schemas["Registration"];
/** The numbers that badges and sidebars show. */
export type Summary = Schemas["Summary"];
/** An error as the server writes it (RFC 9457). */
export type Problem = Schemas["Problem"];
/** Why the server refused. A later server may have more codes. */
export type ProblemCode = Schemas["ProblemCode"];
/** A field that breaks a rule: `pointer` is a JSON Pointer into the body, or `parameter` a name. */
export type FieldError = Schemas["FieldError"];

type ListQuery = NonNullable<operations["list_tasks"]["parameters"]["query"]>;

/** Which tasks a list has, and in which order. All that is given must match. */
export interface TaskQuery extends Omit<ListQuery, "cursor" | "limit" | "priority" | "ids"> {
  /** Only these. */
  priority?: Priority | readonly Priority[];
  /** Only the tasks with these ids, at most 100. */
  ids?: readonly string[];
}

/** A page of a list. */
export interface TaskPage {
  /** The tasks, in the order asked for. */
  items: Task[];
  /** What to give as `cursor` for the next page; null on the last one. */
  nextCursor: string | null;
  /** The user's revision that the page shows: from here the change feed goes on. */
  revision: number;
}
