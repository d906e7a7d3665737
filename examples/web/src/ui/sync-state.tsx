import type { SyncStatus } from "../replica/sync";
import type { Workspace } from "../workspace";
import { Icon } from "./icons";

/** Whether the server has what is seen here. */
export function SyncState({ workspace }: { workspace: Workspace }) {
  const { status } = workspace;
  const { unsent, sending } = workspace.replica;
  const refused = unsent.value - sending.value;
  const kind = status.kind === "synced" && refused > 0 ? "refused" : status.kind;
  return (
    <p class={`sync sync-${kind}`} role="status">
      <Icon name={status.kind === "offline" ? "offline" : "cloud"} />
      <span>{words(status, unsent.value, sending.value)}</span>
    </p>
  );
}

function words(status: SyncStatus, unsent: number, sending: number): string {
  const count = (number: number) => `${number} ${number === 1 ? "change" : "changes"}`;
  switch (status.kind) {
    case "offline":
      return unsent > 0 ? `Offline, ${count(unsent)} kept` : "Offline";
    case "waiting":
      return status.message;
    case "syncing":
      return "Syncing…";
    case "synced":
      if (sending > 0) return "Saving…";
      return unsent > 0 ? `${count(unsent)} not saved` : "Up to date";
  }
}
