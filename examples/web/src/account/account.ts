import type { ReadonlySignal } from "@preact/signals";

/** The user who is signed in. */
export interface Person {
  /** The subject of their tokens. */
  id: string;
  email: string | null;
  name: string | null;
}

/** What the sign-in form asks for. */
export interface Credentials {
  email: string;
  password: string;
  /** Only for a new account. */
  name: string;
}

/** A way to sign in: a local account, or one of Better Auth. */
export interface Account {
  readonly person: ReadonlySignal<Person | null>;
  /** Whether the session ended without the person's doing. */
  readonly expired: ReadonlySignal<boolean>;
  /** Whether somebody else has signed in elsewhere in this browser: this tab may do no more. */
  readonly replaced: ReadonlySignal<boolean>;
  /** What a person can change about themselves; null where that is kept elsewhere. */
  readonly rename: ((name: string) => Promise<void>) | null;
  signUp(credentials: Credentials): Promise<void>;
  signIn(credentials: Credentials): Promise<void>;
  signOut(): Promise<void>;
  /** A token of somebody else has turned up. */
  replace(): void;
  /** Makes the person who has signed in elsewhere the person of this tab, once it is loaded again. */
  adopt(): Promise<void>;
}
