import { useState } from 'react';
import type { DrawnSeries, MetricWidget } from '../dashboards.ts';
import { Chart } from './Chart.tsx';
import { colourOf } from './colours.ts';
import { clock, formatValue } from './format.ts';
import { Split } from './Split.tsx';

/** A metric widget: its graph with a legend that says the values of now, or of the time that is pointed to. */
export function MetricPanel({ widget, start, end }: { widget: MetricWidget; start: number; end: number }) {
  const { title, view, series, problem, stacked } = widget;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState<number>();
  const coloured = series.map((one, index) => ({ ...one, color: colourOf(one.color, index) }));
  const shown = coloured.filter(({ label }) => !hidden.has(label));
  const isEmpty = series.every(({ points }) => points.length === 0);

  if (problem !== undefined)
    return (
      <>
        <h3>{title}</h3>
        <p className="muted">Not drawn here: {problem}</p>
      </>
    );
  if (view === 'singleValue') return <SingleValues title={title} series={coloured} />;
  if (view === 'gauge') return <Gauges title={title} series={coloured} widget={widget} />;

  const toggle = (label: string) =>
    setHidden((now) =>
      now.has(label) ? new Set([...now].filter((one) => one !== label)) : new Set([...now, label]),
    );
  const unit = series[0]?.unit ?? '';
  const canSplit = stacked && series.length > 1 && (unit === 'ms' || unit === 's' || unit === '$');
  return (
    <>
      <h3>
        {title}
        {at !== undefined && <time className="then">{clock(at, true)}</time>}
      </h3>
      {canSplit && !isEmpty && <Split series={shown} unit={unit} at={at} />}
      {isEmpty ? (
        <p className="nothing">Nothing was measured in this time.</p>
      ) : (
        <Chart widget={widget} series={shown} start={start} end={end} at={at} onPoint={setAt} />
      )}
      <ul className="legend">
        {coloured.map((one) => (
          <li key={one.label}>
            <button
              type="button"
              aria-pressed={!hidden.has(one.label)}
              title={`Show or hide ${one.label}`}
              onClick={() => toggle(one.label)}
            >
              <i style={{ background: one.color }} />
              {one.label}
              <b>{formatValue(valueAt(one, at), one.unit)}</b>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The value of the period that `at` lies in; without a time, that of the latest that has ended. */
export function valueAt({ points, running, width }: DrawnSeries, at: number | undefined): number | undefined {
  if (at === undefined) return points.at(-1)?.[1];
  return [...points, ...(running ? [running] : [])].findLast(
    ([time]) => time <= at && at < time + width,
  )?.[1];
}

function SingleValues({ title, series }: { title: string; series: DrawnSeries[] }) {
  return (
    <>
      <h3>{title}</h3>
      <dl className="values">
        {series.map((one) => (
          <div key={one.label}>
            <dt>{one.label}</dt>
            <dd>{formatValue(valueAt(one, undefined), one.unit)}</dd>
            <Sparkline points={one.points} color={one.color ?? ''} />
          </div>
        ))}
      </dl>
    </>
  );
}

function Sparkline({ points, color }: { points: [number, number][]; color: string }) {
  const values = points.map(([, value]) => value);
  const least = Math.min(0, ...values);
  const most = Math.max(...values, least + 1e-9);
  if (values.length < 2) return null;
  const path = values.map(
    (value, i) => `${(i / (values.length - 1)) * 100},${22 - ((value - least) / (most - least)) * 20}`,
  );
  return (
    <svg className="spark" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
      <polyline points={path.join(' ')} fill="none" stroke={color} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

function Gauges({ title, series, widget }: { title: string; series: DrawnSeries[]; widget: MetricWidget }) {
  const { min = 0, max = 100 } = widget.left;
  return (
    <>
      <h3>{title}</h3>
      {series.map((one) => {
        const value = valueAt(one, undefined);
        return (
          <div className="gauge" key={one.label}>
            <span>{one.label}</span>
            <b>{formatValue(value, one.unit)}</b>
            <meter
              aria-label={one.label}
              min={min}
              max={max}
              value={value ?? min}
              high={widget.horizontal[0]?.value}
            />
            <small>of {formatValue(max, one.unit)}</small>
          </div>
        );
      })}
    </>
  );
}
