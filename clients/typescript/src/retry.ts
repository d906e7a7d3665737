/** When to try again, and how long to wait before. */

import { TaskProblem, Unreachable } from "./problem.js";

/** A failed attempt that is about to be repeated. */
export interface Retry {
  /** How many attempts there have been. */
  attempt: number;
  /** Milliseconds until the next one. */
  wait: number;
  /** Why the last one failed. */
  error: TaskProblem | Unreachable;
}

/** How hard to try. Only what cannot be done twice by repeating it is ever repeated. */
export interface RetryOptions {
  /** Most attempts, the first included; 4 by default, 1 for none but the first. */
  attempts?: number;
  /** Milliseconds from the first attempt after which no other begins; 30,000 by default. */
  totalTime?: number;
  /**
   * Whether to wait for a rate limit to pass (429), too. Not by default: somebody may be looking, and
   * should be told.
   */
  rateLimited?: boolean;
  /** Called before each wait. */
  onRetry?: (retry: Retry) => void;
}

const ATTEMPTS = 4;
const TOTAL_TIME = 30_000;

/** The longest wait before the second attempt; it doubles with each. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
/** What is added at random to the time that the server asks for, so that not all come at once. */
const SPREAD = 250;

/** No `Retry-After` makes anybody wait longer: seconds. */
const LONGEST_ASKED = 300;

/** Counts attempts, and says after each failure whether and when there is another. */
export class Attempts {
  private made = 0;
  private readonly begun = Date.now();
  private readonly options: RetryOptions;

  constructor(
    options: RetryOptions | false,
    /** Whether the request may be sent again when nobody knows what became of it. */
    private readonly repeatable: boolean,
  ) {
    this.options = options || { attempts: 1 };
  }

  /** Milliseconds to wait; throws the error when that was the last attempt. */
  next(error: unknown): number {
    this.made += 1;
    const { attempts = ATTEMPTS, totalTime = TOTAL_TIME, onRetry } = this.options;
    if (this.made >= attempts || !this.mayHeal(error)) throw error;
    const wait = waitAfter(error, this.made);
    if (Date.now() + wait - this.begun > totalTime) throw error;
    onRetry?.({ attempt: this.made, wait, error });
    return wait;
  }

  private mayHeal(error: unknown): error is TaskProblem | Unreachable {
    if (isRateLimit(error)) return this.options.rateLimited ?? false;
    return this.repeatable && isTransient(error);
  }
}

/** Whether the quota is used up. Such a request was not done. */
export function isRateLimit(error: unknown): error is TaskProblem {
  return error instanceof TaskProblem && error.status === 429;
}

/**
 * Whether the same may work in a moment: nobody answered, or a server or proxy that is busy (408, 502 to
 * 504, and the 520 to 530 of content delivery networks). The request may have been done nevertheless.
 */
export function isTransient(error: unknown): error is TaskProblem | Unreachable {
  if (error instanceof Unreachable) return true;
  return error instanceof TaskProblem && (error.status === 408 || error.status >= 502);
}

/** Whether it may work some day without anybody's doing: all but a refusal of the person. */
export function mayPass(error: unknown): error is TaskProblem | Unreachable {
  if (error instanceof Unreachable) return true;
  return error instanceof TaskProblem && error.status !== 401 && error.status !== 403;
}

/** Milliseconds to wait after a number of failures: as the server asks, else longer and longer. */
export function waitAfter(error: TaskProblem | Unreachable, failures: number, first = FIRST_WAIT): number {
  const asked = error instanceof TaskProblem ? error.retryAfter : null;
  if (asked !== null) return Math.min(asked, LONGEST_ASKED) * 1_000 + Math.random() * SPREAD;
  return Math.random() * Math.min(first * 2 ** (failures - 1), LONGEST_WAIT);
}
