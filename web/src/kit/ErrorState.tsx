import { CircleAlert } from 'lucide-react';
import { Button } from './Button.tsx';
import { EmptyState } from './EmptyState.tsx';
import { reasonOf } from './reason.ts';

interface ErrorStateProps {
  error: unknown;
  onRetry?: () => void;
  title?: string;
  /** What `onRetry` does. */
  action?: string;
}

/** What went wrong, and another try. */
export function ErrorState({
  error,
  onRetry,
  title = 'That did not work',
  action = 'Try again',
}: ErrorStateProps) {
  return (
    <div role="alert" className="error-state">
      <EmptyState
        icon={<CircleAlert />}
        title={title}
        text={reasonOf(error)}
        action={onRetry && <Button onClick={onRetry}>{action}</Button>}
      />
    </div>
  );
}
