/** What the API speaks of, as far as the page uses it (docs/openapi.json). */

export type Priority = "none" | "low" | "medium" | "high" | "urgent";

/** All day, floating or zoned. */
export interface Due {
  date: string;
  time?: string | null;
  timezone?: string | null;
}

export interface Task {
  id: string;
  user_id: string;
  title: string;
  description: string | null;
  completed: boolean;
  completed_at: string | null;
  priority: Priority;
  due: Due | null;
  tags: string[];
  revision: number;
  created_at: string;
  updated_at: string;
  deleted_at: string | null;
}

export interface TaskDraft {
  title: string;
  description?: string | null;
  completed?: boolean;
  priority?: Priority;
  due?: Due | null;
  tags?: string[];
}

export type TaskPatch = Partial<TaskDraft>;

/** What is left of an erased task. */
export interface Tombstone {
  id: string;
  revision: number;
  deleted_at: string;
  purged: true;
}

/** The newest state of something that changed. */
export type Change = Task | Tombstone;

export interface User {
  id: string;
  email: string | null;
  name: string | null;
}

export interface FieldError {
  pointer?: string;
  message: string;
}

/** An error as the server writes it (RFC 9457). */
export interface Problem {
  code: string;
  detail: string;
  errors?: FieldError[];
}
