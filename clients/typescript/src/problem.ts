/** What can go wrong with a call: the server says no, or says nothing. */

import type { FieldError, Problem, ProblemCode, Task } from "./types.js";

/**
 * Why there was no result: a code of the API, one that only a later server knows, or
 * `not_a_problem_document` when something between here and the server answered in its stead.
 */
export type Code = ProblemCode | "not_a_problem_document" | (string & {});

/** The server answered, and would not do it. */
export class TaskProblem extends Error {
  override readonly name = "TaskProblem";
  /** Stable and machine-readable. */
  readonly code: Code;
  /** Every field that is wrong, at once; empty when none is to blame. */
  readonly errors: readonly FieldError[];
  /** For the server's log. */
  readonly requestId: string | null;
  /** Seconds after which another attempt has a chance, where the server knows. */
  readonly retryAfter: number | null;
  /** The revision at which the task is now, when the one asked for was another (412). */
  readonly revision: number | null;
  /**
   * The task as it is, when a precondition failed (412): in the trash too, and null when it was erased.
   * Absent from every other problem, and from that of a batch.
   */
  readonly current: Task | null | undefined;
  /**
   * Whether an earlier attempt of the same call got no clear answer, so that what is refused now
   * may have been done then.
   */
  readonly uncertain: boolean;

  constructor(
    /** The HTTP status. */
    readonly status: number,
    /** The whole document; null when the answer had none. */
    readonly problem: Problem | null,
    headers: Headers = new Headers(),
    uncertain = false,
  ) {
    super(problem?.detail ?? `The answer has status ${status} and is no problem document`);
    this.code = problem?.code ?? "not_a_problem_document";
    this.errors = problem?.errors ?? [];
    this.requestId = problem?.request_id ?? headers.get("X-Request-Id");
    this.retryAfter = secondsOf(headers.get("Retry-After"));
    this.revision = status === 412 ? revisionOf(headers.get("ETag")) : null;
    this.current = problem?.current;
    this.uncertain = uncertain;
  }

  /** What is wrong with one field, by its JSON Pointer (`/due/time`). */
  at(pointer: string): FieldError | undefined {
    return this.errors.find((error) => error.pointer === pointer);
  }
}

/**
 * No whole answer came from Tasklane: no network, no server, too late, or a page of something in between.
 * `cause` is what the platform says.
 */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/**
 * The token is another person's than the one for whom the work began: somebody else has signed in, in
 * another tab perhaps. Nothing was sent with it.
 */
export class SubjectChanged extends Error {
  override readonly name = "SubjectChanged";

  constructor(
    /** The subject (`sub`) for whom the work began. */
    readonly expected: string,
    /** The subject of the token that there is now. */
    readonly actual: string,
  ) {
    super("Somebody else has signed in");
  }
}

/** The problem that an answer tells of. */
export async function problemOf(response: Response, uncertain: boolean): Promise<TaskProblem> {
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json");
  // A proxy may have cut it.
  const problem = isProblem ? ((await response.json().catch(() => null)) as Problem | null) : null;
  return new TaskProblem(response.status, problem, response.headers, uncertain);
}

/** Nobody is signed in, so the server need not be asked. */
export function signedOut(): TaskProblem {
  const problem = {
    type: "/problems/unauthenticated",
    title: "Not authenticated",
    status: 401,
    code: "unauthenticated",
    detail: "Nobody is signed in",
    instance: "",
    request_id: "",
  } satisfies Problem;
  return new TaskProblem(401, problem);
}

/** The revision in an entity tag: `"42"`, `W/"42"` or `W/"42-7"`. */
export function revisionOf(tag: string | null): number | null {
  const digits = /"(\d+)/.exec(tag ?? "")?.[1];
  return digits === undefined ? null : Number(digits);
}

/** `Retry-After` is a number of seconds, or a date when a proxy wrote it (RFC 9110, section 10.2.3). */
function secondsOf(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const instant = Date.parse(header);
  return Number.isNaN(instant) ? null : Math.max(0, Math.ceil((instant - Date.now()) / 1_000));
}
