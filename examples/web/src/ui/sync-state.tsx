import type { SyncStatus } from "../replica/sync";
import type { Workspace } from "../workspace";
import { Icon } from "./icons";

/** Whether the server has what is seen here. */
export function SyncState({ workspace }: { workspace: Workspace }) {
  const { status } = workspace;
  const { unsent, sending } = workspace.replica;
  return (
    <p class={`sync sync-${status.kind}`} role="status">
      <Icon name={status.kind === "offline" ? "offline" : "cloud"} />
      <span>{words(status, unsent.value, sending.value)}</span>
    </p>
  );
}

function words(status: SyncStatus, unsent: number, sending: number): string {
  const changes = `${unsent} ${unsent === 1 ? "change" : "changes"}`;
  switch (status.kind) {
    case "offline":
      return unsent > 0 ? `Offline, ${changes} kept` : "Offline";
    case "waiting":
      return status.message;
    case "syncing":
      return "Syncing…";
    case "synced":
      return sending > 0 ? "Saving…" : "Up to date";
  }
}
