/** Accounts of a Better Auth service with its `jwt` plugin: it signs people in, Tasklane takes its tokens. */

import { signal } from "@preact/signals";
import { cachedToken } from "@tasklane/client";
import type { Account, Credentials, Person } from "./account";

const REMEMBERED = "tasklane.better-auth.person";

export class BetterAuthAccount implements Account {
  readonly person = signal<Person | null>(remembered());
  readonly expired = signal(false);
  /** Tokens for Tasklane. */
  readonly tokens = cachedToken(() => this.fetchToken());

  /** `url` is the service's base path: `https://id.example.com/api/auth`. */
  constructor(private readonly url: string) {}

  async signUp({ email, password, name }: Credentials): Promise<void> {
    this.welcome(await this.post("/sign-up/email", { email, password, name: name.trim() || email }));
  }

  async signIn({ email, password }: Credentials): Promise<void> {
    this.welcome(await this.post("/sign-in/email", { email, password }));
  }

  async signOut(): Promise<void> {
    this.forget();
    await this.post("/sign-out", {}).catch(() => {});
  }

  private async fetchToken(): Promise<string> {
    const response = await fetch(`${this.url}/token`, { credentials: "include" });
    if (response.status === 401) {
      this.forget();
      this.expired.value = true;
    }
    if (!response.ok) throw new SignInError("Please sign in again.");
    return ((await response.json()) as { token: string }).token;
  }

  private async post(path: string, body: object): Promise<{ user?: Person }> {
    const response = await fetch(this.url + path, {
      method: "POST",
      credentials: "include",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = (await response.json().catch(() => ({}))) as { user?: Person; message?: string };
    if (!response.ok) throw new SignInError(answer.message ?? `${response.status} ${response.statusText}`);
    return answer;
  }

  private welcome({ user }: { user?: Person }): void {
    if (!user) throw new SignInError("The sign-in service did not say who you are.");
    const { id, email, name } = user;
    localStorage.setItem(REMEMBERED, JSON.stringify({ id, email, name }));
    this.expired.value = false;
    this.person.value = { id, email, name };
  }

  private forget(): void {
    localStorage.removeItem(REMEMBERED);
    this.tokens.forget();
    this.person.value = null;
  }
}

/** Why Better Auth signs nobody in, in its words. */
export class SignInError extends Error {}

/** Who was signed in when the page was last open, so that it opens without a network. */
function remembered(): Person | null {
  const text = localStorage.getItem(REMEMBERED);
  return text ? (JSON.parse(text) as Person) : null;
}
