import { useEffect, useState } from "preact/hooks";
import type { Client } from "@tasklane/client";
import type { Account, Person } from "../account/account";
import { Workspace } from "../workspace";
import { SignIn } from "./sign-in";
import { TaskPage } from "./task-page";

/** The whole page: the way in, or somebody's tasks. */
export function App({ account, client }: { account: Account; client: Client }) {
  const person = account.person.value;
  if (!person) return <SignIn account={account} />;
  return <Tasks key={person.id} person={person} account={account} client={client} />;
}

interface Props {
  person: Person;
  account: Account;
  client: Client;
}

function Tasks({ person, account, client }: Props) {
  const [workspace, setWorkspace] = useState<Workspace | null>(null);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    let closed = false;
    let opened: Workspace | null = null;
    Workspace.open(person, client).then(
      (ready) => {
        opened = ready;
        if (closed) ready.close();
        else setWorkspace(ready);
      },
      (error: unknown) => setFailure(String(error)),
    );
    return () => {
      closed = true;
      opened?.close();
    };
  }, []);
  if (failure) return <Failed words={failure} />;
  return workspace && <TaskPage workspace={workspace} account={account} />;
}

/** Private windows of some browsers keep nothing, and then there is nowhere to put tasks. */
function Failed({ words }: { words: string }) {
  return (
    <main class="entrance">
      <div class="entrance-card" role="alert">
        <h1>This browser cannot keep tasks</h1>
        <p>{words}</p>
      </div>
    </main>
  );
}
