/** The calls that the page makes. */

import { succeeded, TasklaneError } from "./error";
import { dataOf } from "./event-stream";
import { LocalSession } from "./session";
import type { Change, Task, TaskDraft, TaskPatch } from "./types";

/** A session, or whoever else gives tokens. */
export type Auth = LocalSession | (() => Promise<string>);

/** How often an edit is tried again because somebody else was faster. */
const ATTEMPTS = 5;

interface Query {
  limit?: number;
  deleted?: boolean;
  sort?: string;
  cursor?: string | null;
}

interface Feed {
  since: number;
  signal?: AbortSignal;
}

export class Tasklane {
  readonly tasks = new Tasks((path, init) => this.call(path, init));

  constructor(
    private readonly baseUrl: string,
    private readonly auth: Auth,
  ) {}

  /** Pages of what changed after a revision, oldest first. */
  async *changes({ since, signal }: Feed): AsyncGenerator<{ changes: Change[]; revision: number }> {
    for (let more = true, revision = since; more; ) {
      const response = await this.call(`/api/tasks/changes?since=${revision}`, { signal: signal ?? null });
      const page = (await response.json()) as { changes: Change[]; revision: number; has_more: boolean };
      yield page;
      ({ revision, has_more: more } = page);
    }
  }

  /** Changes as they happen, until the server or the signal ends the stream. */
  async *events({ since, signal }: Feed): AsyncGenerator<Change> {
    const response = await this.call(`/api/tasks/events?since=${since}`, { signal: signal ?? null });
    for await (const data of dataOf(response.body!)) yield JSON.parse(data) as Change;
  }

  private async call(path: string, init: RequestInit = {}): Promise<Response> {
    const send = async (token: string) => {
      const headers = new Headers(init.headers);
      headers.set("Authorization", `Bearer ${token}`);
      return fetch(this.baseUrl + path, { ...init, headers });
    };
    if (!(this.auth instanceof LocalSession)) return succeeded(await send(await this.auth()));
    const token = await this.auth.token();
    const response = await send(token);
    if (response.status !== 401) return succeeded(response);
    return succeeded(await send(await this.auth.token(token)));
  }
}

class Tasks {
  constructor(private readonly call: (path: string, init?: RequestInit) => Promise<Response>) {}

  /** A page, and the revision that it shows. */
  async list(query: Query = {}): Promise<{ items: Task[]; nextCursor: string | null; revision: number }> {
    const given = Object.entries(query).filter(([, value]) => value != null && value !== false);
    const parameters = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
    const response = await this.call(`/api/tasks?${parameters}`);
    const { items, next_cursor } = (await response.json()) as { items: Task[]; next_cursor: string | null };
    const tag = /\d+/.exec(response.headers.get("ETag") ?? "");
    return { items, nextCursor: next_cursor, revision: Number(tag?.[0] ?? 0) };
  }

  /** Every task, page by page. */
  async *iterate(query: Query = {}): AsyncGenerator<Task> {
    let cursor: string | null = null;
    do {
      const page = await this.list({ ...query, cursor, limit: 100 });
      yield* page.items;
      cursor = page.nextCursor;
    } while (cursor);
  }

  async create(draft: TaskDraft, { idempotencyKey }: { idempotencyKey: string }): Promise<Task> {
    return this.write("POST", "/api/tasks", draft, { "Idempotency-Key": idempotencyKey });
  }

  /** Changes the newest state of a task, and starts over when it is no longer the newest. */
  async edit(id: string, change: (task: Task) => TaskPatch): Promise<Task> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.call(`/api/tasks/${id}`);
      const patch = change((await response.json()) as Task);
      const tag = response.headers.get("ETag") ?? "*";
      try {
        return await this.write("PATCH", `/api/tasks/${id}`, patch, { "If-Match": tag });
      } catch (error) {
        const overtaken = error instanceof TasklaneError && error.status === 412;
        if (!overtaken || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Moves it to the trash, whatever its revision. */
  async remove(id: string): Promise<void> {
    await this.call(`/api/tasks/${id}`, { method: "DELETE", headers: { "If-Match": "*" } });
  }

  async restore(id: string): Promise<Task> {
    return this.write("POST", `/api/tasks/${id}/restore`, undefined, { "If-Match": "*" });
  }

  /** Erases it for good, live or in the trash. */
  async erase(id: string): Promise<void> {
    await this.call(`/api/tasks/${id}?permanent=true`, { method: "DELETE", headers: { "If-Match": "*" } });
  }

  private async write(method: string, path: string, body: object | undefined, headers: HeadersInit): Promise<Task> {
    const sent = new Headers(headers);
    if (body) sent.set("Content-Type", "application/json");
    const response = await this.call(path, { method, headers: sent, ...(body && { body: JSON.stringify(body) }) });
    return response.json() as Promise<Task>;
  }
}

export function createTasklane({ baseUrl, auth }: { baseUrl: string; auth: Auth }): Tasklane {
  return new Tasklane(baseUrl, auth);
}
