import { render } from "preact";
import { browserStore, createClient, openSession } from "@tasklane/client";
import type { Person } from "./account/account";
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
import "./styles/account.css";

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
// One for each person. The outbox tries again, and says so: nothing below it should.
const clientOf = ({ id }: Person) => createClient({ baseUrl, auth, subject: id, retry: false });

render(<App account={account} clientOf={clientOf} />, document.getElementById("app")!);

if (import.meta.env.PROD && "serviceWorker" in navigator) {
  // Without one, everything works but a reload while offline.
  navigator.serviceWorker.register("sw.js").catch(() => {});
}
