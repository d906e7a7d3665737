import type { ReadonlySignal } from "@preact/signals";

/** Who is signed in. */
export interface Person {
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
  signUp(credentials: Credentials): Promise<void>;
  signIn(credentials: Credentials): Promise<void>;
  signOut(): Promise<void>;
}
