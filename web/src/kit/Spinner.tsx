/** Something is under way. What, is said beside it. */
export function Spinner() {
  return <span className="spinner" aria-hidden="true" />;
}
