import type { FieldError, Problem } from "./types";

/** The server answered, and would not do it. */
export class TasklaneError extends Error {
  readonly code: string;
  /** Every field that is wrong. */
  readonly errors: FieldError[];

  constructor(
    readonly status: number,
    readonly problem: Problem | null,
    /** Seconds that the server asks to wait. */
    readonly retryAfter: number | null,
  ) {
    super(problem?.detail ?? `The server answered ${status}.`);
    this.code = problem?.code ?? "";
    this.errors = problem?.errors ?? [];
  }
}

/** The answer, if it is a good one. */
export async function succeeded(response: Response): Promise<Response> {
  if (response.ok) return response;
  const problem = (await response.json().catch(() => null)) as Problem | null;
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  throw new TasklaneError(response.status, problem, Number.isFinite(seconds) ? seconds : null);
}
