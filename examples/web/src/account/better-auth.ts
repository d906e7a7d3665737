/** Accounts of a Better Auth service with its `jwt` plugin: it signs people in, Tasklane takes its tokens. */

import { signal } from "@preact/signals";
import { cachedToken, Unreachable } from "@tasklane/client";
import type { Account, Credentials, Person } from "./account";

const REMEMBERED = "tasklane.better-auth.person";

export class BetterAuthAccount implements Account {
  readonly person = signal<Person | null>(remembered());
  readonly expired = signal(false);
  readonly replaced = signal(false);
  readonly rename = null;
  /** Tokens for Tasklane. */
  readonly tokens = cachedToken(() => this.fetchToken());
  /** The person of this tab until somebody signs in or out in it. */
  private bound = this.person.value?.id ?? null;

  /** `url` is the service's base path: `https://id.example.com/api/auth`. */
  constructor(private readonly url: string) {
    window.addEventListener("storage", ({ key }) => {
      if (key === REMEMBERED) this.follow(remembered());
    });
  }

  async signUp({ email, password, name }: Credentials): Promise<void> {
    this.welcome(await this.post("/sign-up/email", { email, password, name: name.trim() || email }));
  }

  async signIn({ email, password }: Credentials): Promise<void> {
    this.welcome(await this.post("/sign-in/email", { email, password }));
  }

  async signOut(): Promise<void> {
    const mine = this.person.value?.id;
    this.bound = null;
    this.forget();
    // Another person's session is theirs to end.
    const now = await this.session().catch(() => null);
    if (now?.id === mine) await this.post("/sign-out", {}).catch(() => {});
  }

  replace(): void {
    this.replaced.value = true;
  }

  async adopt(): Promise<void> {
    remember(await this.session());
  }

  /** The person whose session the browser has, whatever this tab knows. */
  private async session(): Promise<Person | null> {
    const response = await fetch(`${this.url}/get-session`, { credentials: "include" });
    const session = (await response.json()) as { user: Person } | null;
    return session?.user ?? null;
  }

  /** What another tab has made of the person. */
  private follow(person: Person | null): void {
    this.bound ??= person?.id ?? null;
    this.replaced.value = person !== null && person.id !== this.bound;
    if (!this.replaced.value) this.person.value = person;
  }

  private async fetchToken(): Promise<string> {
    const response = await fetch(`${this.url}/token`, { credentials: "include" });
    if (response.status === 401) {
      this.forget();
      this.expired.value = true;
      throw new SignInError("Please sign in again.");
    }
    if (!response.ok) throw new Unreachable(`The sign-in service answered with ${response.status}`);
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
    this.tokens.forget();
    this.bound = id;
    remember(user);
    this.expired.value = this.replaced.value = false;
    this.person.value = { id, email, name };
  }

  private forget(): void {
    if (remembered()?.id === this.person.value?.id) remember(null);
    this.tokens.forget();
    this.person.value = null;
  }
}

/** Why Better Auth signs nobody in, in its words. */
export class SignInError extends Error {}

/** The person who was signed in when the page was last open, so that it opens without a network. */
function remembered(): Person | null {
  const text = localStorage.getItem(REMEMBERED);
  return text ? (JSON.parse(text) as Person) : null;
}

function remember(person: Person | null): void {
  if (!person) return localStorage.removeItem(REMEMBERED);
  const { id, email, name } = person;
  localStorage.setItem(REMEMBERED, JSON.stringify({ id, email, name }));
}
