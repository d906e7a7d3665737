/** A session of a local account: kept in the browser, renewed as needed, shared by its tabs. */

import { succeeded, TasklaneError } from "./error";
import type { User } from "./types";

const KEPT = "tasklane.session";
/** An access token is renewed after this much of its life, so that none ends on its way. */
const RENEWED_AFTER = 0.8;

interface Tokens {
  user: User;
  access: string;
  refresh: string;
  /** When to renew, in milliseconds of the epoch. */
  renewAt: number;
}

interface SignedIn {
  user: User;
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

export class LocalSession {
  private tokens: Tokens | null;
  private readonly listeners = new Set<() => void>();
  private renewal: Promise<void> | null = null;

  constructor(
    private readonly baseUrl: string,
    private readonly storage: Storage,
  ) {
    this.tokens = this.read();
    window.addEventListener("storage", ({ key }) => key === KEPT && this.take(this.read()));
  }

  get user(): User | null {
    return this.tokens?.user ?? null;
  }

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  async register(account: { email: string; password: string; name?: string }): Promise<void> {
    this.keep(await this.post("/api/auth/register", account));
  }

  async login(credentials: { email: string; password: string }): Promise<void> {
    this.keep(await this.post("/api/auth/login", credentials));
  }

  /** Forgets the session at once, also when the server cannot be told. */
  async logout(): Promise<void> {
    const access = this.tokens?.access;
    this.forget();
    if (!access) return;
    const headers = { Authorization: `Bearer ${access}` };
    await succeeded(await fetch(`${this.baseUrl}/api/auth/logout`, { method: "POST", headers }));
  }

  /** A token that is good for a while. `refused` is one that the server would not take. */
  async token(refused?: string): Promise<string> {
    if (this.tokens && (this.tokens.access === refused || this.tokens.renewAt < Date.now())) {
      this.renewal ??= this.renew(this.tokens).finally(() => (this.renewal = null));
      await this.renewal;
    }
    if (!this.tokens) throw new TasklaneError(401, null, null);
    return this.tokens.access;
  }

  /** A refresh token works once, so only one tab may use it; the others then find its successor. */
  private async renew(old: Tokens): Promise<void> {
    const renewed = async () => {
      const kept = this.read();
      if (kept?.refresh !== old.refresh) return this.take(kept);
      try {
        this.keep(await this.post("/api/auth/refresh", { refresh_token: old.refresh }));
      } catch (error) {
        if (error instanceof TasklaneError && error.status === 401) this.forget();
        throw error;
      }
    };
    if (navigator.locks) await navigator.locks.request(KEPT, renewed);
    else await renewed();
  }

  private async post(path: string, body: object): Promise<SignedIn> {
    const response = await fetch(this.baseUrl + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return (await succeeded(response)).json() as Promise<SignedIn>;
  }

  private read(): Tokens | null {
    const text = this.storage.getItem(KEPT);
    return text ? (JSON.parse(text) as Tokens) : null;
  }

  private keep({ user, access_token, refresh_token, expires_in }: SignedIn): void {
    const renewAt = Date.now() + expires_in * 1_000 * RENEWED_AFTER;
    const tokens = { user, access: access_token, refresh: refresh_token, renewAt };
    this.storage.setItem(KEPT, JSON.stringify(tokens));
    this.take(tokens);
  }

  private forget(): void {
    this.storage.removeItem(KEPT);
    this.take(null);
  }

  private take(tokens: Tokens | null): void {
    this.tokens = tokens;
    for (const listener of this.listeners) listener();
  }
}

/** Opens the session that the browser keeps, if it does. */
export function localSession({ baseUrl, storage }: { baseUrl: string; storage: Storage }): LocalSession {
  return new LocalSession(baseUrl, storage);
}
