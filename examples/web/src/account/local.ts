/** Tasklane's own accounts. */

import { signal } from "@preact/signals";
import type { Session } from "@tasklane/client";
import type { Account, Credentials, Person } from "./account";

export class LocalAccount implements Account {
  readonly person = signal<Person | null>(null);
  readonly expired = signal(false);
  private leaving = false;
  /** Tells the other tabs that the session did not end by itself. */
  private readonly tabs = new BroadcastChannel("tasklane.leaving");

  constructor(private readonly session: Session) {
    this.person.value = session.user;
    session.onChange(() => this.follow());
    this.tabs.onmessage = () => this.leave();
  }

  async signUp({ email, password, name }: Credentials): Promise<void> {
    await this.session.register({ email, password, ...(name.trim() && { name }) });
  }

  async signIn({ email, password }: Credentials): Promise<void> {
    await this.session.login({ email, password });
  }

  async signOut(): Promise<void> {
    this.leave();
    this.tabs.postMessage(null);
    await this.session.logout();
  }

  private follow(): void {
    const { user } = this.session;
    if (user) this.leaving = this.expired.value = false;
    else if (this.person.value) this.expired.value = !this.leaving;
    this.person.value = user;
  }

  private leave(): void {
    this.leaving = true;
    this.expired.value = false;
  }
}
