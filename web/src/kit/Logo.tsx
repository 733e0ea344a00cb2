/** One dot, and what spreads from it. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <circle cx="10" cy="16" r="2.4" />
      <path d="M14.5 10.5a8 8 0 0 1 0 11M19 6.5a14 14 0 0 1 0 19" />
    </svg>
  );
}
