/** A session of a local account: kept in a store, renewed as needed, shared by a browser's tabs. */

import { content, Operations } from "./operations.js";
import { signedOut, SubjectChanged, TaskProblem } from "./problem.js";
import { memoryStore, type SessionStore, type StoredSession } from "./session-store.js";
import { RENEWED_AFTER, type TokenSource } from "./token.js";
import { type CallOptions, Transport, type TransportOptions } from "./transport.js";
import type { Credentials, Registration, User, UserPatch } from "./types.js";

/** How a session is opened. */
export interface SessionOptions extends Pick<TransportOptions, "fetch" | "timeout"> {
  /** Where Tasklane is: `https://tasks.example.com`. Empty for the page's own origin. */
  baseUrl: string;
  /** Where it is kept; `memoryStore()` by default, `browserStore()` for a page. */
  store?: SessionStore;
}

/** After a renewal that failed while the old token still works, it is not tried again for this many milliseconds. */
const RENEWAL_PAUSE = 5_000;

type SignedIn = { user: User; access_token: string; refresh_token: string; expires_in: number };

/** Opens the session that the store has, if it has one. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { baseUrl, store = memoryStore(), ...rest } = options;
  const operations = new Operations(baseUrl, new Transport({ ...rest, retry: false }));
  const session = new Session(operations, store);
  await session.reload();
  return session;
}

/**
 * Somebody who is signed in to a local account, or nobody. `openSession` makes one. It is bound to its
 * person until somebody signs in or out on this page: when somebody else signs in in another tab, it gives
 * no more tokens but throws `SubjectChanged`.
 */
export class Session implements TokenSource {
  private kept: StoredSession | null = null;
  private bound: string | null = null;
  private other: User | null = null;
  private renewal: Promise<void> | null = null;
  private refreshing: { token: string; answer: Promise<SignedIn> } | null = null;
  private readonly listeners = new Set<() => void>();
  private readonly unsubscribe: (() => void) | undefined;

  /** @internal */
  constructor(
    private readonly operations: Operations,
    private readonly store: SessionStore,
  ) {
    this.unsubscribe = store.subscribe?.(() => void this.reload());
  }

  /** The user who is signed in here; null for nobody. */
  get user(): User | null {
    return this.kept?.user ?? null;
  }

  /** The user who has signed in in another tab, in place of the one who was signed in here. */
  get replacedBy(): User | null {
    return this.other;
  }

  /**
   * Calls the listener whenever somebody signs in or out, in another tab too, when the session ends on its
   * own, and after each renewal. Gives a function that ends that.
   */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Makes an account and signs in. `TaskProblem` 409 `email_taken`, 422 with the fields' errors. */
  async register(account: Registration, options?: CallOptions): Promise<User> {
    const { api } = this.operations;
    return this.welcome(content(await api.POST("/api/auth/register", { body: account, ...this.operations.once(options) })));
  }

  /** Signs in. `TaskProblem` 401 `invalid_credentials`. */
  async login(credentials: Credentials, options?: CallOptions): Promise<User> {
    const { api } = this.operations;
    return this.welcome(content(await api.POST("/api/auth/login", { body: credentials, ...this.operations.once(options) })));
  }

  /** Changes the user's profile, here and in the other tabs. `TaskProblem` 422 with the fields' errors. */
  async update(changes: UserPatch, options?: CallOptions): Promise<User> {
    const headers = { Authorization: `Bearer ${await this.token()}` };
    const { api } = this.operations;
    const user = content(await api.PATCH("/api/users/me", { headers, body: changes, ...this.operations.repeatable(options) }));
    await this.alone(async () => {
      const stored = await this.store.read();
      if (stored?.user.id === user.id) await this.keep({ ...stored, user });
    });
    return user;
  }

  /** Forgets the session at once, and then tells the server, which may fail. */
  async logout(options?: CallOptions): Promise<void> {
    const { kept } = this;
    this.kept = this.bound = null;
    const stored = await this.store.read();
    // Another person's session is theirs to end.
    if (stored && stored.user.id !== kept?.user.id) this.take(null);
    else await this.keep(null);
    if (kept === null) return;
    try {
      const access = Date.now() < kept.endsAt ? kept.access : (await this.refresh(kept.refresh)).access_token;
      const headers = { Authorization: `Bearer ${access}` };
      await this.operations.api.POST("/api/auth/logout", { headers, ...this.operations.repeatable(options) });
    } catch (error) {
      // It has ended already.
      if (!isRefused(error)) throw error;
    }
  }

  /** A token that is good for a while. `refused` is one that the server would not take. */
  async token(refused?: string): Promise<string> {
    const { kept } = this;
    if (kept === null) throw this.absence();
    if (kept.access !== refused && Date.now() < kept.renewAt) return kept.access;
    this.renewal ??= this.renew(kept).finally(() => (this.renewal = null));
    const failure = await this.renewal.then(() => null, (error: unknown) => ({ error }));
    // Another tab may have renewed it all the same, or somebody may have signed out.
    const now: StoredSession | null = this.kept;
    if (now === null || now.user.id !== kept.user.id) throw this.other ? this.absence() : (failure?.error ?? signedOut());
    if (failure && now.access === kept.access) {
      if (now.access === refused || Date.now() >= now.endsAt) throw failure.error;
      now.renewAt = Math.min(Date.now() + RENEWAL_PAUSE, now.endsAt);
    }
    return now.access;
  }

  /** Reads the store again. Needed only where others write to it and it does not tell. */
  async reload(): Promise<void> {
    this.take(await this.store.read());
  }

  /** Stops listening to other tabs. The session stays. */
  close(): void {
    this.unsubscribe?.();
    this.listeners.clear();
  }

  /** A refresh token works once, so one alone uses it; the others then find its successor. */
  private async renew(old: StoredSession): Promise<void> {
    await this.alone(async () => {
      if (await this.isOvertaken(old)) return;
      try {
        const next = await this.refresh(old.refresh);
        if (!(await this.isOvertaken(old))) await this.enter(next);
      } catch (error) {
        if (isRefused(error) && !(await this.isOvertaken(old))) await this.keep(null);
        throw error;
      }
    });
  }

  /** Whether another tab has renewed the session, or somebody has signed in or out. */
  private async isOvertaken(old: StoredSession): Promise<boolean> {
    const stored = await this.store.read();
    if (stored?.refresh === old.refresh) return false;
    this.take(stored);
    return true;
  }

  /**
   * Callers who ask while the same token is on its way share the answer. It belongs to nobody's signal: a
   * refresh that is cut off may have used the token up.
   */
  private refresh(token: string): Promise<SignedIn> {
    if (this.refreshing?.token !== token) {
      const { api } = this.operations;
      const request = api.POST("/api/auth/refresh", { body: { refresh_token: token }, ...this.operations.once() });
      const answer = request.then(content).finally(() => (this.refreshing = null));
      this.refreshing = { token, answer };
    }
    return this.refreshing.answer;
  }

  /** One at a time among all who share the store, where the platform has locks. */
  private async alone(work: () => Promise<void>): Promise<void> {
    const locks = globalThis.navigator?.locks;
    if (this.store.lock === undefined || !locks) return work();
    await locks.request(this.store.lock, work);
  }

  private async enter({ user, access_token, refresh_token, expires_in }: SignedIn): Promise<User> {
    const life = expires_in * 1_000;
    const [renewAt, endsAt] = [Date.now() + life * RENEWED_AFTER, Date.now() + life];
    await this.keep({ user, access: access_token, refresh: refresh_token, renewAt, endsAt });
    return user;
  }

  private async keep(session: StoredSession | null): Promise<void> {
    this.kept = session;
    await this.store.write(session);
    this.take(session);
  }

  private async welcome(signedIn: SignedIn): Promise<User> {
    this.bound = null;
    return this.enter(signedIn);
  }

  private take(session: StoredSession | null): void {
    const user = session?.user ?? null;
    this.bound ??= user?.id ?? null;
    this.other = user?.id === this.bound ? null : user;
    this.kept = this.other ? null : session;
    for (const listener of this.listeners) listener();
  }

  /** Why there is no token. */
  private absence(): Error {
    return this.other && this.bound ? new SubjectChanged(this.bound, this.other.id) : signedOut();
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof TaskProblem && error.status === 401;
}
