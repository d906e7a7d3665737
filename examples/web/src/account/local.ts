/** Tasklane's own accounts. */

import { signal } from "@preact/signals";
import type { Session } from "@tasklane/client";
import type { Account, Credentials, Person } from "./account";

export class LocalAccount implements Account {
  readonly person = signal<Person | null>(null);
  readonly expired = signal(false);
  readonly replaced = signal(false);
  private leaving = false;
  /** Tells the other tabs that the session was ended by its person. */
  private readonly tabs = new BroadcastChannel("tasklane.leaving");

  constructor(private readonly session: Session) {
    this.person.value = session.user;
    session.onChange(() => this.follow());
    this.tabs.onmessage = () => this.leave();
  }

  readonly rename = async (name: string): Promise<void> => {
    await this.session.update({ name: name.trim() || null });
  };

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

  replace(): void {
    this.replaced.value = true;
  }

  /** The session is theirs already. */
  async adopt(): Promise<void> {}

  private follow(): void {
    const { user, replacedBy } = this.session;
    this.replaced.value = replacedBy !== null;
    if (user || replacedBy) this.leaving = this.expired.value = false;
    else if (this.person.value) this.expired.value = !this.leaving;
    this.person.value = user;
  }

  private leave(): void {
    this.leaving = true;
    this.expired.value = false;
  }
}
