/** The client: everything that needs a token. */

import type { Api } from "./api.js";
import { batch, type BatchOptions } from "./batch.js";
import { Changes } from "./changes.js";
import { Operations } from "./operations.js";
import { Tasks } from "./tasks.js";
import type { Auth } from "./token.js";
import { Transport, type TransportOptions } from "./transport.js";
import type { BatchOperation, BatchResults } from "./types.js";

/** How a client is made. */
export interface ClientOptions extends TransportOptions {
  /** Where Tasklane is: `https://tasks.example.com`. Empty for the page's own origin. */
  baseUrl: string;
  /** Where tokens come from: a `Session`, a `cachedToken`, or a function that gives a token. */
  auth: Auth;
}

/** One user's tasks on one server. Make one for each person; it costs nothing until it is used. */
export interface Client {
  /** Reading and writing tasks, and the trash. */
  readonly tasks: Tasks;
  /** The change feed, the event stream, and keeping a copy of all tasks. */
  readonly changes: Changes;
  /**
   * Does up to 100 operations in order, all or none unless `atomic` is false. The first that fails is named by the
   * pointers of the `TaskProblem`: `/operations/3/task/title`. It is not tried again: it may have been done.
   */
  batch(operations: BatchOperation[], options?: BatchOptions): Promise<BatchResults>;
  /**
   * Every operation of the OpenAPI document by its path, with its types: `raw.GET("/api/users/me")`.
   * Tokens are sent and renewed, problems are thrown as `TaskProblem`, and reading is tried again.
   */
  readonly raw: Api;
}

/** Makes a client. Nothing is sent before the first call. */
export function createClient({ baseUrl, ...options }: ClientOptions): Client {
  const operations = new Operations(baseUrl, new Transport(options));
  const tasks = new Tasks(operations);
  return {
    tasks,
    changes: new Changes(operations, tasks, options.retry),
    batch: (list, options) => batch(operations, list, options),
    raw: operations.api,
  };
}
