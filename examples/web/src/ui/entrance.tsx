import type { ComponentChildren } from "preact";

interface Props {
  title: string;
  role?: "alert";
  children: ComponentChildren;
}

/** The page when there are no tasks to show. */
export function Entrance({ title, role, children }: Props) {
  return (
    <main class="entrance">
      <div class="entrance-card" role={role}>
        <p class="brand">
          <img src="./icon.svg" alt="" width="36" height="36" /> Tasklane
        </p>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
