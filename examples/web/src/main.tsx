import { render } from "preact";
import { browserStore, createClient, openSession } from "@tasklane/client";
import { BetterAuthAccount } from "./account/better-auth";
import { LocalAccount } from "./account/local";
import { readConfiguration } from "./configuration";
import { App } from "./ui/app";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/entrance.css";
import "./styles/layout.css";
import "./styles/tasks.css";
import "./styles/dialog.css";

const { tasklane: baseUrl, betterAuth } = await readConfiguration();

async function localAccount() {
  const session = await openSession({ baseUrl, store: browserStore() });
  return { account: new LocalAccount(session), auth: session };
}

function betterAuthAccount(url: string) {
  const account = new BetterAuthAccount(url);
  return { account, auth: account.tokens };
}

const { account, auth } = betterAuth ? betterAuthAccount(betterAuth) : await localAccount();
// The outbox tries again, and says so: nothing below it should.
const client = createClient({ baseUrl, auth, retry: false });

render(<App account={account} client={client} />, document.getElementById("app")!);

if (import.meta.env.PROD && "serviceWorker" in navigator) {
  // Without one, everything works but a reload while offline.
  navigator.serviceWorker.register("sw.js").catch(() => {});
}
