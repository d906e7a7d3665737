/** The collections: their schema, and how a conflict is settled. */

import type { Task } from "@tasklane/client";
import type { RxCollectionCreator, RxJsonSchema } from "rxdb";
import type { Item } from "../../shared/kinds.js";
import { ConflictHandler } from "./conflict-handler.js";

const text = { type: ["string", "null"] };
const instant = { type: ["string", "null"], format: "date-time" };

/** What `addCollections` takes for tasks: `{ tasks: taskCollection() }`. */
export function taskCollection(): RxCollectionCreator<Task> {
  return collection<Task>({
    title: { type: "string" },
    description: text,
    completed: { type: "boolean" },
    completed_at: instant,
    priority: { type: "string" },
    due: { type: ["object", "null"], properties: { date: { type: "string" }, time: text, timezone: text } },
    tags: { type: "array", items: { type: "string" } },
  });
}

function collection<T extends Item>(members: object): RxCollectionCreator<T> {
  const schema = {
    version: 0,
    primaryKey: "id",
    type: "object",
    properties: {
      id: { type: "string", maxLength: 36 },
      owner_id: { type: "string" },
      revision: { type: "integer" },
      position: { type: "string", maxLength: 128 },
      metadata: { type: "object" },
      created_at: instant,
      updated_at: instant,
      deleted_at: instant,
      ...members,
    },
    // Of what was erased only the id is left.
    required: ["id"],
  };
  return { schema: schema as unknown as RxJsonSchema<T>, conflictHandler: new ConflictHandler<T>() };
}
