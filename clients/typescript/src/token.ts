/** Where access tokens come from. */

/** Gives access tokens: a `Session`, a `cachedToken`, or anything of your own. */
export interface TokenSource {
  /** A token to send now. `refused` is one that the server has just refused: give another. */
  token(refused?: string): Promise<string>;
}

/** A token source, or a function that is called before every request. */
export type Auth = TokenSource | ((refused?: string) => string | Promise<string>);

/** A token that is fetched when there is none that is good for a while. */
export interface CachedToken extends TokenSource {
  /** Forgets the token, so that nobody is sent as who was signed in before. */
  forget(): void;
}

/** A token is renewed after this much of its life, so that none ends on its way. */
export const RENEWED_AFTER = 0.8;

/**
 * Keeps a trusted issuer's token for as long as it says that it is good, and fetches the next one
 * when it is nearly over or was refused. Several who ask at once share one fetch.
 *
 * `fetchToken` asks the identity provider for a JSON Web Token: with Better Auth, `GET /api/auth/token`.
 */
export function cachedToken(fetchToken: () => Promise<string>): CachedToken {
  let kept: { token: string; renewAt: number } | null = null;
  let fetching: Promise<string> | null = null;

  const fetchAndKeep = (): Promise<string> => {
    const mine: Promise<string> = fetchToken()
      .then((token) => {
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
    },
  };
}

/** Milliseconds from a token's making to its end; none when it does not say. */
function lifeOf(token: string): number {
  try {
    const part = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const { exp, iat } = JSON.parse(atob(part)) as { exp?: unknown; iat?: unknown };
    if (typeof exp !== "number") return 0;
    // Two instants of one clock: the one of this machine may be wrong.
    return (exp - (typeof iat === "number" ? iat : Date.now() / 1_000)) * 1_000;
  } catch {
    return 0;
  }
}
