import { Component, type ReactNode } from 'react';
import { ErrorState } from '../kit/ErrorState.tsx';

interface ErrorBoundaryProps {
  children: ReactNode;
}

/**
 * What stands inside may break without taking the page with it: by a mistake of ours, or because a part of it that is
 * loaded later is gone since a newer version was deployed.
 */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <ErrorState
        title="This part of the page broke"
        error={error}
        action="Reload the page"
        onRetry={() => location.reload()}
      />
    );
  }
}
