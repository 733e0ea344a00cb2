import { type KeyboardEvent, type PointerEvent, useId } from 'react';
import type { DrawnSeries, MetricWidget } from '../dashboards.ts';
import { clock, formatValue, shortLabel } from './format.ts';
import { areas, type Layer, linePath, runningPath, scaleOf, ticks, timeTicks } from './geometry.ts';
import { useSize } from './use-size.ts';

interface ChartProps {
  widget: MetricWidget;
  series: DrawnSeries[];
  /** Milliseconds since the epoch. */
  start: number;
  end: number;
  /** The time that is pointed to. */
  at: number | undefined;
  onPoint(at: number | undefined): void;
}

const margin = { top: 8, bottom: 20 };

/** Lines, or areas one upon another, over time. The arrow keys point like the mouse does. */
export function Chart({ widget, series, start, end, at, onPoint }: ChartProps) {
  const [ref, { width, height }] = useSize<HTMLDivElement>();
  const clip = useId();
  const hasRight = series.some(({ yAxis }) => yAxis === 'right');
  const left = 56;
  const inner = { width: width - left - (hasRight ? 56 : 8), height: height - margin.top - margin.bottom };
  const layers = widget.stacked ? areas(series) : [];
  const sides = {
    left: scaleOf(series, layers, widget, 'left', inner.height),
    right: scaleOf(series, layers, widget, 'right', inner.height),
  };
  const x = (time: number) => ((time - start) / (end - start)) * inner.width;
  const step = Math.max(1, ...series.map((one) => one.width));
  const times = series.flatMap(({ points }) => points.map(([time]) => time));
  const lastEnd = Math.min(Math.max(...times) + step, end);
  // Room for the layers' names, which stand on their ends.
  const isWide = x(lastEnd) - x(Math.max(Math.min(...times), start)) > 90;
  const aligned = (time: number) => Math.floor(time / step) * step;

  const point = (event: PointerEvent<SVGSVGElement>) => {
    const offset = event.clientX - event.currentTarget.getBoundingClientRect().left - left;
    onPoint(aligned(start + (Math.max(0, Math.min(offset, inner.width)) / inner.width) * (end - start)));
  };
  const key = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -step, ArrowRight: step }[event.key];
    if (event.key === 'Escape') onPoint(undefined);
    if (by === undefined) return;
    event.preventDefault();
    onPoint(Math.max(aligned(start), Math.min(aligned(end), (at ?? aligned(end)) + by)));
  };

  return (
    <div className="chart" ref={ref}>
      {width > 0 && (
        <svg
          width={width}
          height={height}
          role="img"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move the time that the legend tells of.
          tabIndex={0}
          aria-label={`${widget.title}: ${series.map((one) => `${one.label} ${formatValue(one.points.at(-1)?.[1], one.unit)}`).join(', ')}`}
          onPointerMove={point}
          onPointerDown={point}
          onPointerLeave={() => onPoint(undefined)}
          onKeyDown={key}
          onBlur={() => onPoint(undefined)}
        >
          <clipPath id={clip}>
            <rect width={Math.max(0, inner.width)} height={Math.max(0, inner.height + 2)} y={-1} />
          </clipPath>
          <g transform={`translate(${left},${margin.top})`}>
            {ticks(sides.left, inner.height).map((value) => (
              <g key={value} transform={`translate(0,${sides.left.y(value)})`} className="tick">
                <line x2={inner.width} />
                <text x={-6} dy="0.32em" textAnchor="end">
                  {formatValue(value, sides.left.unit)}
                </text>
              </g>
            ))}
            {hasRight &&
              ticks(sides.right, inner.height).map((value) => (
                <text key={value} className="tick" x={inner.width + 6} y={sides.right.y(value)} dy="0.32em">
                  {formatValue(value, sides.right.unit)}
                </text>
              ))}
            {timeTicks(start, end, inner.width).map((time) => (
              <text key={time} className="tick" x={x(time)} y={inner.height + 15} textAnchor="middle">
                {clock(time, end - start < 300_000)}
              </text>
            ))}
            <g clipPath={`url(#${clip})`}>
              {layers.map(({ label, color, path }) => (
                <path key={label} d={path(x, sides.left.y)} fill={color} className="area" />
              ))}
              {!widget.stacked &&
                series.map((one) => (
                  <g key={one.label} className="line" stroke={one.color}>
                    <path d={linePath(one, x, sides[one.yAxis].y)} />
                    <path d={runningPath(one, x, sides[one.yAxis].y)} className="running" />
                  </g>
                ))}
              {widget.horizontal.map(({ value, color, yAxis, label }) => (
                <line
                  key={`${label} ${value}`}
                  className="limit"
                  x2={inner.width}
                  y1={sides[yAxis].y(value)}
                  y2={sides[yAxis].y(value)}
                  style={color ? { stroke: color } : undefined}
                />
              ))}
              {at !== undefined && <line className="cursor" x1={x(at)} x2={x(at)} y2={inner.height} />}
            </g>
            {widget.horizontal.map(({ value, label, yAxis }) => (
              <text key={`${label} ${value}`} className="limit" x={4} y={sides[yAxis].y(value) - 4}>
                {label}
              </text>
            ))}
            {isWide &&
              layers.map((layer) => (
                <LayerLabel key={layer.label} layer={layer} x={x(lastEnd) - 6} y={sides.left.y} />
              ))}
          </g>
        </svg>
      )}
    </div>
  );
}

/** An area's name on the area, where that is thick enough to hold it. */
function LayerLabel({ layer, x, y }: { layer: Layer; x: number; y: (value: number) => number }) {
  const last = layer.last;
  if (!last || y(last.from) - y(last.to) < 15) return null;
  return (
    <text className="direct" x={x} y={(y(last.from) + y(last.to)) / 2} dy="0.32em" textAnchor="end">
      {shortLabel(layer.label)}
    </text>
  );
}
