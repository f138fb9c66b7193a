import { expect } from 'chai';
import { lineChart } from './line-chart.js';

const ends = (svg: string): readonly string[] => /points="([^"]*)"/.exec(svg)?.[1]?.split(' ') ?? [];

describe('Charts of the bench', () => {
  const axes = { x: { label: 'load' }, y: { label: 'a second' } };

  it('A line begins at the bottom left when its values span the axes from 0', () => {
    const points = [[0, 0] as const, [5, 100] as const];
    expect(ends(lineChart({ title: 'Load', ...axes, series: [{ name: 'served', points }] }))).to.deep.equal([
      '70.0,330.0',
      '510.0,44.0',
    ]);
  });

  it('Equal ratios are equal steps on a logarithmic axis', () => {
    const points = [1, 10, 100].map((size) => [size, size] as const);
    const log = { x: { ...axes.x, isLog: true }, y: { ...axes.y, isLog: true } };
    expect(ends(lineChart({ title: 'Growth', ...log, series: [{ name: 'read', points }] }))).to.deep.equal([
      '70.0,330.0',
      '290.0,187.0',
      '510.0,44.0',
    ]);
  });

  it('Titles and names are escaped', () => {
    const svg = lineChart({
      title: 'a < b',
      ...axes,
      series: [{ name: 'R&D', points: [[1, 1]] }],
    });
    expect(svg).to.include('<title>a &lt; b</title>').and.to.include('>R&amp;D</text>');
  });
});
