import type { ReactNode } from 'react';
import type { Polled } from './api.ts';

/** What was polled: a placeholder until it is there, and above it what is wrong. */
export function Loaded<T>({ polled, children }: { polled: Polled<T>; children: (data: T) => ReactNode }) {
  const { data, problem } = polled;
  return (
    <>
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
          {data !== undefined && ' Shown is what it said last.'}
        </p>
      )}
      {data === undefined ? problem === undefined && <Waiting /> : children(data)}
    </>
  );
}

function Waiting() {
  return (
    <div className="waiting" role="status" aria-label="Loading">
      <i />
      <i />
      <i />
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children && <p>{children}</p>}
    </div>
  );
}

const marks = { OK: '✓', ALARM: '!', INSUFFICIENT_DATA: '?' };
const words = { OK: 'OK', ALARM: 'In alarm', INSUFFICIENT_DATA: 'No data' };

export function AlarmBadge({ state }: { state: keyof typeof marks }) {
  return (
    <span className={`badge ${state}`}>
      <span aria-hidden="true">{marks[state]}</span> {words[state]}
    </span>
  );
}
