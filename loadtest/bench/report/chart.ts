import type { Chart, Sample } from '../results.ts';
import { figure, quantity } from './format.ts';
import { html, type Markup } from './markup.ts';
import { linearScale, logScale, type Scale, sizesScale } from './scale.ts';

type Series = Chart['series'][number];

/** What a chart is drawn for. */
export interface Size {
  /** Tells two drawings of one chart apart. */
  name: string;
  width: number;
  height: number;
  /** Room on the right for the series' names, where they stand beside their last points. */
  labels: number;
}

/** Colours and marks of so many series are told apart. */
const looks = 8;

/** A chart: a line through the medians of each series, and a whisker from its lowest round to its highest. */
export function chartSvg(chart: Chart, id: string, size: Size): Markup {
  const { x, y, series } = chart;
  const margin = { top: 12, right: size.labels + 24, bottom: 44, left: 60 };
  const inner = {
    width: size.width - margin.left - margin.right,
    height: size.height - margin.top - margin.bottom,
  };
  const points = series.flatMap((one) => one.points);
  const reach = points.flatMap((point) => [point.y.low, point.y.high]).filter(Number.isFinite);
  const across = sizesScale(
    x.scale,
    points.map((point) => point.x),
  );
  const up = y.scale === 'log' ? logScale(reach) : linearScale(reach);
  const place: Place = {
    x: (value) => round(across.at(value) * inner.width),
    y: (value) => round((1 - up.at(value)) * inner.height),
  };
  const drawn = series.map((one, index) => seriesSvg(one, index % looks, place));
  return html`<svg class="chart ${size.name}" viewBox="0 0 ${size.width} ${size.height}" role="img"
    aria-labelledby="${id}-title ${id}-desc">
    <title id="${id}-title">${chart.title}</title>
    <desc id="${id}-desc">${description(chart)}</desc>
    <g transform="translate(${margin.left} ${margin.top})">
      ${up.ticks.map(
        (tick) => html`<line class="grid" x2="${inner.width}" y1="${place.y(tick)}" y2="${place.y(tick)}"/>
        <text class="tick" x="-8" y="${place.y(tick)}" dy="0.32em" text-anchor="end">${axisFigure(tick, y.unit)}</text>`,
      )}
      ${spaced(across, inner.width).map(
        (
          tick,
        ) => html`<line class="mark" x1="${place.x(tick)}" x2="${place.x(tick)}" y1="${inner.height}" y2="${inner.height + 5}"/>
        <text class="tick" x="${place.x(tick)}" y="${inner.height + 18}" text-anchor="middle">${figure(tick)}</text>`,
      )}
      <line class="base" x2="${inner.width}" y1="${inner.height}" y2="${inner.height}"/>
      <text class="axis" x="${inner.width / 2}" y="${inner.height + 38}" text-anchor="middle">${axisName(x)}</text>
      ${drawn}
      ${size.labels > 0 && labelsSvg(series, inner, place)}
    </g>
  </svg>`;
}

/** Which mark and colour is whose. */
export function legend({ series }: Chart): Markup {
  return html`<ul class="legend">${series.map(
    ({ name }, index) =>
      html`<li><svg class="key s${index % looks}" viewBox="-8 -8 16 16" aria-hidden="true">${mark(index % looks, 0, 0)}</svg>${name}</li>`,
  )}</ul>`;
}

interface Place {
  x(value: number): number;
  y(value: number): number;
}

function seriesSvg({ points }: Series, look: number, place: Place): Markup {
  const known = points.filter(({ y }) => Number.isFinite(y.median));
  const path = known.map((point) => `${place.x(point.x)},${place.y(point.y.median)}`).join(' ');
  return html`<g class="s${look}">
    ${known.length > 1 && html`<polyline class="line" points="${path}"/>`}
    ${known.map((point) => whisker(place.x(point.x), point.y, place))}
    ${known.map((point) => mark(look, place.x(point.x), place.y(point.y.median)))}
  </g>`;
}

function whisker(x: number, { low, high }: Sample, place: Place): Markup | false {
  const [bottom, top] = [place.y(low), place.y(high)];
  if (bottom - top < 2) return false;
  return html`<path class="whisker" d="M${x - 4},${top}h8m-4,0V${bottom}m-4,0h8"/>`;
}

/** A shape for each look, since colours are not the same to everybody. */
function mark(look: number, x: number, y: number): Markup {
  const shapes = [
    'M-4.5,0a4.5,4.5 0 1 0 9,0a4.5,4.5 0 1 0 -9,0Z',
    'M-4,-4H4V4H-4Z',
    'M0,-5.5L5,4H-5Z',
    'M0,-5.5L5.5,0L0,5.5L-5.5,0Z',
    'M0,5.5L5,-4H-5Z',
    'M-5,-1.6H-1.6V-5H1.6V-1.6H5V1.6H1.6V5H-1.6V1.6H-5Z',
    'M-5,-2.5H5V2.5H-5Z',
    'M-2.5,-5H2.5V5H-2.5Z',
  ];
  return html`<path class="point" transform="translate(${x} ${y})" d="${shapes[look]}"/>`;
}

/** The names of the series beside their last points, pushed apart where they would lie on one another. */
function labelsSvg(
  series: Series[],
  { width, height }: { width: number; height: number },
  place: Place,
): Markup[] {
  const apart = 15;
  const wanted = series
    .map(({ name, points }, index) => ({
      name,
      look: index % looks,
      last: points.findLast(({ y }) => Number.isFinite(y.median)),
    }))
    .flatMap(({ last, ...label }) => (last ? [{ ...label, y: place.y(last.y.median) }] : []))
    .sort((a, b) => a.y - b.y);
  let above = Number.NEGATIVE_INFINITY;
  for (const label of wanted) {
    label.y = Math.max(label.y, above + apart);
    above = label.y;
  }
  let below = height + apart;
  for (const label of wanted.toReversed()) {
    label.y = Math.min(label.y, below - apart);
    below = label.y;
  }
  return wanted.map(
    ({ name, look, y }) =>
      html`<text class="label s${look}" x="${width + 12}" y="${y}" dy="0.32em">${name}</text>`,
  );
}

/** As many of an axis' ticks as can be read beside one another. */
function spaced({ ticks, at }: Scale, width: number): number[] {
  let last = Number.NEGATIVE_INFINITY;
  return ticks.filter((tick) => {
    const x = at(tick) * width;
    if (x - last < 7 * figure(tick).length + 10) return false;
    last = x;
    return true;
  });
}

function axisName({ name, scale }: { name: string; scale: string }): string {
  return scale === 'log' ? `${name} (log)` : name;
}

function axisFigure(value: number, unit: string): string {
  return unit === '$' ? quantity(value, unit) : figure(value);
}

function description({ x, y, series }: Chart): string {
  const lines = series.map(({ name, points }) => {
    const said = points.map((point) => `${quantity(point.y.median, y.unit)} at ${figure(point.x)}`);
    return `${name}: ${said.join(', ')}.`;
  });
  return `${y.name} by ${x.name}. ${lines.join(' ')}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
