/** Where access tokens come from, and whose they are. */

import { SubjectChanged } from "./problem.js";

/** Gives access tokens: a `Session`, a `cachedToken`, or anything of your own. */
export interface TokenSource {
  /** A token to send now. `refused` is one that the server has just refused: give another. */
  token(refused?: string): Promise<string>;
}

/**
 * A token source, or a function that is called before every request. A function is bound to the person
 * of its first token: make another client for another person.
 */
export type Auth = TokenSource | ((refused?: string) => string | Promise<string>);

/** A token that is fetched when the last one is missing or about to expire. */
export interface CachedToken extends TokenSource {
  /** Forgets the token and whose it was: call it when somebody signs in or out on this page. */
  forget(): void;
}

/** Whose work it is: the person of the first token, or one who is known from the start. */
export class Owner {
  private issuer: unknown;

  constructor(private subject?: string) {}

  /** The token, if it is the owner's; throws `SubjectChanged` otherwise. An opaque token says nothing. */
  check(token: string): string {
    const { sub, iss } = claimsOf(token);
    if (typeof sub !== "string") return token;
    this.issuer ??= iss;
    this.subject ??= sub;
    if (this.subject !== sub || this.issuer !== iss) throw new SubjectChanged(this.subject, sub);
    return token;
  }

  /** The person's name among all issuers. */
  get name(): string {
    return `${this.issuer} ${this.subject}`;
  }
}

/** A token is renewed after this much of its life, so that none ends on its way. */
export const RENEWED_AFTER = 0.8;

/**
 * Keeps a trusted issuer's token for as long as it says that it is good, and fetches the next one
 * when it is nearly over or was refused. Several who ask at once share one fetch. It is bound to the
 * person of its first token until `forget`: another person's token is refused with `SubjectChanged`.
 *
 * `fetchToken` asks the identity provider for a JSON Web Token: with Better Auth, `GET /api/auth/token`.
 */
export function cachedToken(fetchToken: () => Promise<string>): CachedToken {
  let kept: { token: string; renewAt: number } | null = null;
  let fetching: Promise<string> | null = null;
  let owner = new Owner();

  const fetchAndKeep = (): Promise<string> => {
    const whose = owner;
    const mine: Promise<string> = fetchToken()
      .then((token) => {
        whose.check(token);
        // Who was signed in when the fetch began may have been forgotten meanwhile.
        if (fetching === mine) kept = { token, renewAt: Date.now() + lifeOf(token) * RENEWED_AFTER };
        return token;
      })
      .finally(() => {
        if (fetching === mine) fetching = null;
      });
    fetching = mine;
    return mine;
  };

  return {
    async token(refused) {
      if (kept && kept.token !== refused && Date.now() < kept.renewAt) return kept.token;
      return fetching ?? fetchAndKeep();
    },
    forget() {
      kept = null;
      fetching = null;
      owner = new Owner();
    },
  };
}

/** Milliseconds from a token's making to its end; 0 when it does not say. */
function lifeOf(token: string): number {
  const { exp, iat } = claimsOf(token);
  if (typeof exp !== "number") return 0;
  // Two instants of one clock: the one of this machine may be wrong.
  return (exp - (typeof iat === "number" ? iat : Date.now() / 1_000)) * 1_000;
}

/** What a JSON Web Token says; nothing when it is opaque. */
function claimsOf(token: string): { iss?: unknown; sub?: unknown; exp?: unknown; iat?: unknown } {
  try {
    const part = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0));
    return (JSON.parse(new TextDecoder().decode(bytes)) as object | null) ?? {};
  } catch {
    return {};
  }
}
