/** Where the page finds its services: `config.json` beside it, so that no build is needed to move. */
export interface Configuration {
  /** Where Tasklane is; where the page is by default. */
  tasklane: string;
  /** Better Auth's base path, such as `https://id.example.com/api/auth`; null for local accounts. */
  betterAuth: string | null;
}

/** Reads `config.json`; URLs in it may be relative to the page. */
export async function readConfiguration(): Promise<Configuration> {
  const response = await fetch("config.json", { cache: "no-cache" });
  if (!response.ok) throw new Error(`config.json: ${response.status} ${response.statusText}`);
  const { tasklane, betterAuth } = (await response.json()) as Partial<Configuration>;
  return {
    tasklane: absolute(tasklane || "."),
    betterAuth: betterAuth ? absolute(betterAuth) : null,
  };
}

function absolute(url: string): string {
  return new URL(url, location.href).href.replace(/\/$/, "");
}
