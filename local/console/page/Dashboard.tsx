import { useState } from 'react';
import type { DrawnDashboard, DrawnWidget } from '../dashboards.ts';
import { usePoll } from './api.ts';
import { Markdown } from './Markdown.tsx';
import { MetricPanel } from './MetricPanel.tsx';
import { AlarmStates, LogTable } from './small-widgets.tsx';
import { Loaded } from './states.tsx';

const ranges = [
  [15, '15 min'],
  [60, '1 h'],
  [180, '3 h'],
] as const;

/** One of the template's dashboards, drawn anew every few seconds. */
export function Dashboard({ name }: { name: string }) {
  const [minutes, setMinutes] = useState(15);
  const polled = usePoll<DrawnDashboard>(
    `dashboard?name=${encodeURIComponent(name)}&minutes=${minutes}`,
    3_000,
  );
  return (
    <section className="dashboard" aria-label={`Dashboard ${name}`}>
      <div className="bar">
        <h1>{name}</h1>
        <fieldset className="choice">
          <legend className="hidden">Time range</legend>
          {ranges.map(([value, label]) => (
            <label key={value}>
              <input
                type="radio"
                name="range"
                checked={minutes === value}
                onChange={() => setMinutes(value)}
              />
              <span>{label}</span>
            </label>
          ))}
        </fieldset>
      </div>
      <Loaded polled={polled}>
        {({ widgets, start, end }) => (
          <div className="grid">
            {widgets.map((widget, index) => (
              <article
                // biome-ignore lint/suspicious/noArrayIndexKey: a dashboard's widgets have nothing else, and stay.
                key={index}
                className={`widget ${widget.type}`}
                style={{
                  gridColumn: `${widget.x === undefined ? '' : `${widget.x + 1} / `}span ${widget.width}`,
                  gridRow: `${widget.y === undefined ? '' : `${widget.y + 1} / `}span ${widget.height}`,
                  order: (widget.y ?? 0) * 24 + (widget.x ?? 0),
                }}
              >
                <Widget widget={widget} start={start} end={end} />
              </article>
            ))}
          </div>
        )}
      </Loaded>
    </section>
  );
}

function Widget({ widget, start, end }: { widget: DrawnWidget; start: number; end: number }) {
  switch (widget.type) {
    case 'metric':
      return <MetricPanel widget={widget} start={start} end={end} />;
    case 'text':
      return <Markdown text={widget.markdown} />;
    case 'alarm':
      return <AlarmStates widget={widget} />;
    case 'log':
      return <LogTable widget={widget} />;
    case 'other':
      return <p className="muted">{widget.title}</p>;
  }
}
