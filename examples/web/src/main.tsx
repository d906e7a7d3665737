import { render } from "preact";
import { createTasklane, localSession } from "./client";
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

function localAccount() {
  const session = localSession({ baseUrl, storage: localStorage });
  return { account: new LocalAccount(session), auth: session };
}

function betterAuthAccount(url: string) {
  const account = new BetterAuthAccount(url);
  return { account, auth: () => account.token() };
}

const { account, auth } = betterAuth ? betterAuthAccount(betterAuth) : localAccount();
const tasklane = createTasklane({ baseUrl, auth });

render(<App account={account} tasklane={tasklane} />, document.getElementById("app")!);

if (import.meta.env.PROD && "serviceWorker" in navigator) {
  // Without one, everything works but a reload while offline.
  navigator.serviceWorker.register("sw.js").catch(() => {});
}
