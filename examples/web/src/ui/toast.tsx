import { useEffect, useState } from "preact/hooks";
import type { Workspace } from "../workspace";
import { Icon } from "./icons";

/** Long enough to read and to reach; the trash has what is undone later. */
const SHOWN_FOR = 8_000;

/** What has just happened, with a way back. */
export function Toast({ workspace }: { workspace: Workspace }) {
  const notice = workspace.notice.value;
  const [held, setHeld] = useState(false);
  const close = () => (workspace.notice.value = null);
  useEffect(() => {
    if (!notice || notice.stays || held) return;
    const timer = setTimeout(close, SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [notice, held]);
  return (
    <div class="toast-place" role="status">
      {notice && (
        <div
          class="toast"
          onMouseEnter={() => setHeld(true)}
          onMouseLeave={() => setHeld(false)}
          onFocusIn={() => setHeld(true)}
          onFocusOut={() => setHeld(false)}
        >
          <p>{notice.text}</p>
          {notice.action && (
            <button
              type="button"
              class="toast-action"
              onClick={() => {
                close();
                notice.action?.run();
              }}
            >
              {notice.action.name}
            </button>
          )}
          <button type="button" class="toast-close" aria-label="Dismiss" onClick={close}>
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  );
}
