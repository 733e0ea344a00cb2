interface BadgeProps {
  count: number;
  /** What is counted, for screen readers: `unread messages`. */
  of: string;
  /** It concerns oneself. */
  strong?: boolean;
}

/** How many there are; nothing for none. */
export function Badge({ count, of, strong = false }: BadgeProps) {
  if (count <= 0) return null;
  return (
    <span className={strong ? 'badge strong' : 'badge'}>
      <span aria-hidden="true">{count > 99 ? '99+' : count}</span>
      <span className="unseen">
        {count} {of}
      </span>
    </span>
  );
}
