/** Small drawings beside text, which says what they mean. */

const PATHS = {
  open: "M4 6h16M4 12h16M4 18h10",
  today: "M7 3v3M17 3v3M4 9h16M5 5h14a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1Z",
  done: "M4 12.5l5 5L20 6.5",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  search: "M11 18a7 7 0 1 1 0-14 7 7 0 0 1 0 14ZM16 16l4.5 4.5",
  plus: "M12 5v14M5 12h14",
  restore: "M4 12a8 8 0 1 0 2.5-5.8L4 8.5M4 4v4.5h4.5",
  close: "M6 6l12 12M18 6 6 18",
  cloud: "M7 18a4 4 0 0 1-.6-7.95A6 6 0 0 1 18 9.5 4.3 4.3 0 0 1 17.5 18Z",
  offline: "M3 3l18 18M9.5 5.6A6 6 0 0 1 18 9.5a4.3 4.3 0 0 1 2.2 7.3M17 18H7a4 4 0 0 1-.6-7.95c.1-.6.3-1.1.6-1.6",
  flag: "M6 21V4M6 5h11l-2 4 2 4H6",
  note: "M5 6h14M5 11h14M5 16h8",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5a7.5 7.5 0 0 1 15 0",
  keyboard: "M3 6h18v12H3ZM7 10h.01M11 10h.01M15 10h.01M8 14h8",
  leave: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  sliders: "M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
