import { useEffect, useState } from "preact/hooks";
import type { Client, components } from "@tasklane/client";
import { pastText } from "../../tasks/due";
import { inWords } from "../../words";

type Session = components["schemas"]["Session"];

/** The places where this person is signed in. */
export function Sessions({ client }: { client: Client }) {
  const [sessions, setSessions] = useState<Session[] | null>(null);
  const [failure, setFailure] = useState("");

  async function load(before: Promise<unknown> = Promise.resolve()) {
    try {
      await before;
      setSessions((await client.raw.GET("/api/auth/sessions")).data.items);
      setFailure("");
    } catch (error) {
      setFailure(inWords(error).message);
    }
  }
  useEffect(() => void load(), []);

  const end = (id: string) => load(client.raw.DELETE("/api/auth/sessions/{id}", { params: { path: { id } } }));
  return (
    <section aria-labelledby="sessions">
      <h3 id="sessions">Sessions</h3>
      <p role="alert" class="field-error">
        {failure}
      </p>
      <ul class="sessions">
        {sessions?.map((session) => (
          <li key={session.id}>
            <span>
              {deviceOf(session.user_agent)}
              <small>{session.current ? "This browser" : `Last used ${pastText(session.last_used_at)}`}</small>
            </span>
            {!session.current && (
              <button type="button" class="secondary" onClick={() => end(session.id)}>
                Sign out
              </button>
            )}
          </li>
        ))}
      </ul>
      {(sessions?.length ?? 0) > 1 && (
        <div class="dialog-actions">
          <button type="button" class="secondary" onClick={() => load(client.raw.DELETE("/api/auth/sessions"))}>
            Sign out everywhere else
          </button>
        </div>
      )}
    </section>
  );
}

const BROWSERS = ["Firefox", "Edg", "OPR", "Chrome", "Safari"];
const SYSTEMS = ["Windows", "Android", "iPhone", "iPad", "Mac OS", "Linux"];

/** `Chrome on Linux`, or the first words of what the program calls itself. */
function deviceOf(agent: string | null | undefined): string {
  if (!agent) return "Unknown device";
  const [browser, system] = [BROWSERS, SYSTEMS].map((names) => names.find((name) => agent.includes(name)));
  const names: Record<string, string> = { Edg: "Edge", OPR: "Opera", "Mac OS": "macOS" };
  if (!browser || !system) return agent.slice(0, 40);
  return `${names[browser] ?? browser} on ${names[system] ?? system}`;
}
