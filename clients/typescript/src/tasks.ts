/** Reading and writing tasks. */

import { isInPlace } from "./in-place.js";
import { ItemQueue } from "./item-queue.js";
import { content, type Operations } from "./operations.js";
import { revisionOf, TaskProblem } from "./problem.js";
import type { CallOptions } from "./transport.js";
import type { Summary, Task, TaskDraft, TaskMove, TaskPage, TaskPatch, TaskQuery } from "./types.js";

/**
 * Which task, and under which condition. A task as it was read means: only while nobody else has changed
 * it since; otherwise `TaskProblem` 412, and nothing is written. An id alone means: in whatever state it is.
 */
export type TaskReference = string | Pick<Task, "id" | "revision">;

/** The content of a new task, and the id (a UUID) that it is to have; by default the server makes one. */
export type NewTask = TaskDraft & { id?: string };

/** How a task is created. */
export interface CreateOptions extends CallOptions {
  /**
   * Names the creation, so that repeating it makes no second task; random by default. Keep one of your
   * own (1-255 visible ASCII characters) with a draft that must survive a restart. A task with an id of
   * your own needs none.
   */
  idempotencyKey?: string;
}

/** How a task is edited. */
export interface EditOptions extends CallOptions {
  /** How often to try when somebody else was faster; 5 by default. */
  attempts?: number;
}

const EDIT_ATTEMPTS = 5;
const LARGEST_PAGE = 100;
const NO_ID = "00000000-0000-0000-0000-000000000000";

/** Several values as the one parameter that the API reads. */
const commaSeparated = <T extends string>(values: T | readonly T[]): T[] => [[values].flat().join(",") as T];

/** One user's tasks. */
export class Tasks {
  private readonly queue = new ItemQueue();

  /** @internal */
  constructor(private readonly operations: Operations) {}

  /** One page. `limit` is 1 to 100, 50 by default; `cursor` comes from the page before. */
  async list(
    { priority, ids, ...query }: TaskQuery & { limit?: number; cursor?: string | null } = {},
    options?: CallOptions,
  ): Promise<TaskPage> {
    // No id at all would be refused, and finds nothing.
    if (ids?.length === 0) ids = [NO_ID];
    const { cursor, ...filters } = query;
    const answer = await this.operations.api.GET("/api/tasks", {
      params: {
        query: {
          ...filters,
          ...(cursor && { cursor }),
          ...(priority && { priority: commaSeparated(priority) }),
          ...(ids && { ids: commaSeparated(ids) }),
        },
      },
      ...this.operations.repeatable(options),
    });
    const { items, next_cursor } = content(answer, "items");
    return { items, nextCursor: next_cursor, revision: revisionOf(answer.response.headers.get("ETag")) ?? 0 };
  }

  /** Every task, fetched page by page as the loop goes on. Leaving the loop ends the fetching. */
  async *all(query: TaskQuery = {}, options?: CallOptions): AsyncGenerator<Task, void, undefined> {
    const owned = this.operations.owned(options);
    let cursor: string | null = null;
    do {
      const page: TaskPage = await this.list({ ...query, cursor, limit: LARGEST_PAGE }, owned);
      yield* page.items;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  /** A live task. `TaskProblem` 404 when no live task has that id. */
  async get(id: string, options?: CallOptions): Promise<Task> {
    const { api, repeatable } = this.parts(options);
    return content(await api.GET("/api/tasks/{id}", { params: { path: { id } }, ...repeatable }));
  }

  /**
   * Creates a task; however often it has to be sent, there is one. `TaskProblem` 412 when another task has
   * the id.
   */
  async create(task: NewTask, { idempotencyKey = randomKey(), ...options }: CreateOptions = {}): Promise<Task> {
    const { api, repeatable, owned } = this.parts(options);
    const { id, ...draft } = task;
    if (id === undefined) {
      const params = { header: { "Idempotency-Key": idempotencyKey } };
      return content(await api.POST("/api/tasks", { params, body: draft, ...repeatable }));
    }
    const params = { path: { id }, header: { "If-None-Match": "*" } };
    const request = api.PUT("/api/tasks/{id}", { params, body: draft, ...repeatable });
    return request.then(content, (error: unknown) => this.mend(error, id, draft, owned));
  }

  /**
   * Changes the members that the patch has. Updates of one task that are made for the same revision are
   * sent one after the other and do not conflict with each other.
   */
  async update(task: TaskReference, patch: TaskPatch, options?: CallOptions): Promise<Task> {
    const owned = this.operations.owned(options);
    return this.queue.run(task, (now) => this.patch(now, patch, owned));
  }

  /**
   * Reads, lets you say what to change, writes, and starts over when somebody else was faster. Give
   * the task as you know it to save the first reading. `change` is called again each time; null changes
   * nothing.
   */
  async edit(
    task: string | Task,
    change: (task: Task) => TaskPatch | null | Promise<TaskPatch | null>,
    { attempts = EDIT_ATTEMPTS, ...options }: EditOptions = {},
  ): Promise<Task> {
    const owned = this.operations.owned(options);
    let current = typeof task === "string" ? await this.get(task, owned) : task;
    for (let attempt = 1; ; attempt += 1) {
      const patch = await change(current);
      if (patch === null) return current;
      try {
        const known = current;
        return await this.queue.run(known, () => this.patch(known, patch, owned), true);
      } catch (error) {
        if (!(error instanceof TaskProblem) || error.status !== 412 || attempt >= attempts) throw error;
        current = error.current ?? (await this.get(current.id, owned));
      }
    }
  }

  /** Makes an open task done and a done one open, while it is as you know it. */
  async toggle(task: Pick<Task, "id" | "revision" | "completed">, options?: CallOptions): Promise<Task> {
    return this.update(task, { completed: !task.completed }, options);
  }

  /**
   * Gives a task the `position` directly before or after another one with the same parent, by its id, or
   * behind all of these; another `parent_id` too. `TaskProblem` 422 when the other is not live or not there.
   */
  async move(task: TaskReference, place: TaskMove = {}, options?: CallOptions): Promise<Task> {
    const { api } = this.operations;
    return this.queue.run(task, async (now) => {
      const request = { params: conditional(now), body: place, ...this.operations.once(options) };
      return content(await api.POST("/api/tasks/{id}/move", request));
    });
  }

  /** Moves a task to the trash. */
  async remove(task: TaskReference, options?: CallOptions): Promise<void> {
    await this.delete(task, false, options);
  }

  /** Deletes a task permanently, live or in the trash. */
  async erase(task: TaskReference, options?: CallOptions): Promise<void> {
    await this.delete(task, true, options);
  }

  /** Takes a task out of the trash. `TaskProblem` 409 `not_deleted` for a live one. */
  async restore(task: TaskReference, options?: CallOptions): Promise<Task> {
    const { api, repeatable, owned } = this.parts(options);
    return this.queue.run(task, (now) => {
      const request = api.POST("/api/tasks/{id}/restore", { params: conditional(now), ...repeatable });
      return request.then(content, (error: unknown) => {
        const isBack = isUncertain(error, 409) || isUncertain(error, 412);
        if (isBack) return this.get(idOf(task), owned);
        throw error;
      });
    });
  }

  /** Deletes everything in the trash permanently, and gives the number of tasks. */
  async emptyTrash(options?: CallOptions): Promise<number> {
    const { api, repeatable } = this.parts(options);
    return content(await api.DELETE("/api/tasks", { params: { query: { deleted: true } }, ...repeatable })).purged ?? 0;
  }

  /**
   * Moves the tasks to the trash that were completed before an instant, or before a day (in UTC), and gives
   * their number.
   */
  async clearCompleted(before: string, options?: CallOptions): Promise<number> {
    const { api, repeatable } = this.parts(options);
    const query = { completed_before: before };
    return content(await api.DELETE("/api/tasks", { params: { query }, ...repeatable })).deleted ?? 0;
  }

  /** The numbers that badges and sidebars show. Today is that of the IANA time zone; UTC by default. */
  async summary(timezone?: string, options?: CallOptions): Promise<Summary> {
    const { api, repeatable } = this.parts(options);
    const query = timezone === undefined ? {} : { timezone };
    return content(await api.GET("/api/tasks/summary", { params: { query }, ...repeatable }));
  }

  private async patch(task: TaskReference, patch: TaskPatch, options: CallOptions): Promise<Task> {
    const { api, repeatable, owned } = this.parts(options);
    const request = api.PATCH("/api/tasks/{id}", { params: conditional(task), body: patch, ...repeatable });
    return request.then(content, (error: unknown) => this.mend(error, idOf(task), patch, owned));
  }

  /** The first attempt may have been the one that wrote: then the task is as it should be. */
  private async mend(error: unknown, id: string, wanted: TaskPatch, options: CallOptions): Promise<Task> {
    const current = isUncertain(error, 412) ? await this.get(id, options) : null;
    if (current && isInPlace(wanted, current)) return current;
    throw error;
  }

  private async delete(task: TaskReference, permanent: boolean, options?: CallOptions): Promise<void> {
    const { api, repeatable } = this.parts(options);
    await this.queue.run(task, async (now) => {
      const params = { ...conditional(now), ...(permanent && { query: { permanent } }) };
      try {
        await api.DELETE("/api/tasks/{id}", { params, ...repeatable });
      } catch (error) {
        // What is gone after an attempt without an answer is gone as it was asked.
        if (!isUncertain(error, 404)) throw error;
      }
    });
  }

  private parts(options?: CallOptions) {
    const owned = this.operations.owned(options);
    return { api: this.operations.api, repeatable: this.operations.repeatable(owned), owned };
  }
}

function conditional(task: TaskReference) {
  const tag = typeof task === "string" ? "*" : `"${task.revision}"`;
  return { path: { id: idOf(task) }, header: { "If-Match": tag } };
}

function idOf(task: TaskReference): string {
  return typeof task === "string" ? task : task.id;
}

function isUncertain(error: unknown, status: number): boolean {
  return error instanceof TaskProblem && error.uncertain && error.status === status;
}

/** `crypto.randomUUID` is missing on plain HTTP. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
