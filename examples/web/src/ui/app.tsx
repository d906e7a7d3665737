import { useEffect, useState } from "preact/hooks";
import type { Client } from "@tasklane/client";
import type { Account, Person } from "../account/account";
import { Workspace } from "../workspace";
import { Entrance } from "./entrance";
import { SignIn } from "./sign-in";
import { TaskPage } from "./task-page";

type ClientOf = (person: Person) => Client;

/** The whole page: the way in, or somebody's tasks. */
export function App({ account, clientOf }: { account: Account; clientOf: ClientOf }) {
  const person = account.person.value;
  if (account.replaced.value) return <Replaced account={account} />;
  if (!person) return <SignIn account={account} />;
  return <Tasks key={person.id} person={person} account={account} clientOf={clientOf} />;
}

interface Props {
  person: Person;
  account: Account;
  clientOf: ClientOf;
}

function Tasks({ person, account, clientOf }: Props) {
  const [client] = useState(() => clientOf(person));
  const [workspace, setWorkspace] = useState<Workspace | null>(null);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    let closed = false;
    let opened: Workspace | null = null;
    Workspace.open(person, client, () => account.replace()).then(
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
  return workspace && <TaskPage workspace={workspace} account={account} client={client} />;
}

/** Private windows of some browsers keep nothing, and then there is nowhere to put tasks. */
function Failed({ words }: { words: string }) {
  return (
    <Entrance title="This browser cannot keep tasks" role="alert">
      <p>{words}</p>
    </Entrance>
  );
}

/** Another person's work must not be done here, nor this one's be shown to them. */
function Replaced({ account }: { account: Account }) {
  return (
    <Entrance title="Somebody else has signed in" role="alert">
      <p>
        Another person has signed in in this browser, so this tab has stopped. Changes that were not sent yet stay in
        this browser until the person who made them signs in again.
      </p>
      <button
        type="button"
        class="primary wide"
        onClick={() => void account.adopt().finally(() => location.reload())}
      >
        Continue
      </button>
    </Entrance>
  );
}
