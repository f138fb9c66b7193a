/** A line of a chart. There are five colours, so a sixth line of one chart is grey. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LineChart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

interface Axis {
  readonly label: string;
  /** Whether equal steps are equal ratios; false by default. */
  readonly isLog?: boolean;
}

const [WIDTH, HEIGHT] = [720, 380];
const PLOT = { left: 70, top: 44, right: 510, bottom: 330 };
/** Distinguished with every colour blindness (Okabe and Ito, 2008), and visible on white and on black. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00'];

/** Readable in a light and in a dark page. */
const STYLE = `text { font: 13px system-ui, sans-serif; fill: #333 } .title { font-size: 15px; font-weight: 600 }
.grid { stroke: #8885; stroke-width: 1 } .line { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }`;

const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 });

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Returns round numbers that span the values: powers of ten on a logarithmic axis, else about five equal steps from 0. */
const ticksOf = (values: readonly number[], { isLog = false }: Axis): readonly number[] => {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (isLog) {
    const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
    return Array.from({ length: Math.max(to - from, 1) + 1 }, (_, n) => 10 ** (from + n));
  }
  const magnitude = 10 ** Math.floor(Math.log10(most / 5));
  const step = magnitude * ([1, 2, 5, 10].find((each) => each * magnitude * 5 >= most) ?? 10);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, n) => n * step);
};

/** Returns where a value is between two ends, of which the first tick is one and the last the other. */
const scale = (ticks: readonly number[], { isLog = false }: Axis, from: number, to: number) => {
  const place = isLog ? Math.log10 : (value: number): number => value;
  const [least, most] = [place(ticks[0] ?? 0), place(ticks.at(-1) ?? 1)];
  return (value: number): string =>
    (from + ((place(value) - least) / (most - least)) * (to - from)).toFixed(1);
};

/** Draws lines as an SVG image. A logarithmic axis needs values above 0. */
export const lineChart = ({ title, x, y, series }: LineChart): string => {
  const values = (of: 0 | 1) => series.flatMap(({ points }) => points.map((point) => point[of]));
  const ticks = { x: ticksOf(values(0), x), y: ticksOf(values(1), y) };
  const at = {
    x: scale(ticks.x, x, PLOT.left, PLOT.right),
    y: scale(ticks.y, y, PLOT.bottom, PLOT.top),
  };
  const { left, right, top, bottom } = PLOT;
  const text = (px: number | string, py: number | string, anchor: string, content: string) =>
    `<text x="${String(px)}" y="${String(py)}" text-anchor="${anchor}">${escaped(content)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" role="img">`,
    `<title>${escaped(title)}</title><style>${STYLE}</style>`,
    `<text class="title" x="${String(left)}" y="24">${escaped(title)}</text>`,
    ...ticks.y.flatMap((tick) => [
      `<line class="grid" x1="${String(left)}" x2="${String(right)}" y1="${at.y(tick)}" y2="${at.y(tick)}"/>`,
      text(left - 8, Number(at.y(tick)) + 4, 'end', SHORT.format(tick)),
    ]),
    ...ticks.x.map((tick) => text(at.x(tick), bottom + 20, 'middle', SHORT.format(tick))),
    text((left + right) / 2, HEIGHT - 8, 'middle', x.label),
    `<text transform="translate(16 ${String((top + bottom) / 2)}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>`,
    ...series.flatMap(({ name, points }, index) => {
      const colour = COLOURS[index] ?? '#888';
      const path = points.map((point) => `${at.x(point[0])},${at.y(point[1])}`).join(' ');
      const legend = top + 10 + index * 22;
      return [
        `<polyline class="line" stroke="${colour}" points="${path}"/>`,
        ...points.map(
          (point) => `<circle cx="${at.x(point[0])}" cy="${at.y(point[1])}" r="3" fill="${colour}"/>`,
        ),
        `<rect x="${String(right + 20)}" y="${String(legend - 5)}" width="14" height="4" fill="${colour}"/>`,
        text(right + 42, legend + 2, 'start', name),
      ];
    }),
    '</svg>\n',
  ].join('\n');
};
