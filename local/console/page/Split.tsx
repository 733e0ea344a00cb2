import type { DrawnSeries } from '../dashboards.ts';
import { formatValue, shortLabel } from './format.ts';
import { valueAt } from './MetricPanel.tsx';

/** How a whole divides into its parts now: in one look, which of them is the largest. */
export function Split({ series, unit, at }: { series: DrawnSeries[]; unit: string; at: number | undefined }) {
  const parts = series.map((one) => ({ ...one, value: valueAt(one, at) ?? 0 }));
  const sum = parts.reduce((total, { value }) => total + value, 0);
  const largest = parts.toSorted((a, b) => b.value - a.value)[0];
  if (sum === 0 || !largest) return null;
  const share = Math.round((largest.value / sum) * 100);
  return (
    <figure className="split">
      <figcaption>
        <b>{formatValue(sum, unit)}</b> {at === undefined ? 'now' : 'then'}, of which{' '}
        <strong style={{ borderColor: largest.color }}>
          {shortLabel(largest.label)} {formatValue(largest.value, unit)}
        </strong>{' '}
        ({share}%)
      </figcaption>
      <div>
        {parts
          .filter(({ value }) => value > 0)
          .map(({ label, value, color }) => (
            <span
              key={label}
              className="part"
              style={{ flexGrow: value / sum, background: color }}
              title={`${label}: ${formatValue(value, unit)}`}
            >
              <span className="part-name">
                <b>{formatValue(value, unit)}</b> {shortLabel(label)}
              </span>
            </span>
          ))}
      </div>
    </figure>
  );
}
