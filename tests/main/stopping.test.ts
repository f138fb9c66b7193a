import { expect } from 'chai';
import { shutdownDelay, stopSignals } from '#src/main/stopping.js';

describe('The signals that stop a process', () => {
  const listener = (hearsTwice: boolean) => {
    const heard: string[] = [];
    let now = 1000;
    const listen = stopSignals(
      {
        hearsTwice,
        begin: (signal) => heard.push(`begin ${signal}`),
        insist: (signal) => heard.push(`insist ${signal}`),
      },
      () => now,
    );
    return {
      heard,
      hear: (signal: NodeJS.Signals, afterMs = 0) => {
        now += afterMs;
        listen(signal);
      },
    };
  };

  it('The signals that stop a process stop it gracefully the first time and at once the second time', () => {
    const { heard, hear } = listener(false);
    hear('SIGTERM');
    hear('SIGINT');
    expect(heard).to.deep.equal(['begin SIGTERM', 'insist SIGINT']);
  });

  it('The signals that stop a process count once when npm passes them on, and twice when they come again later', () => {
    const { heard, hear } = listener(true);
    hear('SIGINT');
    hear('SIGINT', 499);
    expect(heard).to.deep.equal(['begin SIGINT']);
    hear('SIGINT', 1);
    expect(heard).to.deep.equal(['begin SIGINT', 'insist SIGINT']);
  });
});

describe('The time for which a process goes on serving', () => {
  it('The time for which a process goes on serving is none on a terminal and 5 seconds elsewhere, unless it is configured', () => {
    expect(shutdownDelay({ shutdownDelay: null }, true)).to.equal(0);
    expect(shutdownDelay({ shutdownDelay: null }, false)).to.equal(5);
    expect(shutdownDelay({ shutdownDelay: 7 }, true)).to.equal(7);
    expect(shutdownDelay({ shutdownDelay: 0 }, false)).to.equal(0);
  });
});
