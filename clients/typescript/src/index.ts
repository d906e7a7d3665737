/** Tasklane's HTTP API, for browsers, Node.js and edge runtimes. */

export type { Answer, Api, RequestOptions } from "./api.js";
export type { BatchOptions } from "./batch.js";
export { type Changes, type ChangedStep, type FollowOptions, isOutOfReach, type ReplacedStep, type SyncOptions, type SyncPoint, type SyncStep } from "./changes.js";
export { type Client, type ClientOptions, createClient } from "./client.js";
export type { components, operations, paths } from "./document.js";
export type { StreamOptions } from "./event-stream.js";
export { type Code, SubjectChanged, TaskProblem, Unreachable } from "./problem.js";
export type { Retry, RetryOptions } from "./retry.js";
export { openSession, type Session, type SessionOptions } from "./session.js";
export { browserStore, memoryStore, type SessionStore, type StoredSession } from "./session-store.js";
export type { CreateOptions, EditOptions, NewTask, TaskReference, Tasks } from "./tasks.js";
export { type Auth, type CachedToken, cachedToken, type TokenSource } from "./token.js";
export type { CallOptions, Fetch, TransportOptions } from "./transport.js";
export * from "./types.js";
