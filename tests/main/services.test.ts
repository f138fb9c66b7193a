import { expect } from 'chai';
import { CONTEXT_NAMES } from '#src/main/contexts.js';
import { BACKEND_NAMES, contextsOf, serviceOf, SERVICES } from '#src/main/services.js';

describe('The services of a shop', () => {
  it('The services of a shop hold every context, each once', () => {
    expect(BACKEND_NAMES.flatMap(contextsOf)).to.have.members(CONTEXT_NAMES);
    for (const context of CONTEXT_NAMES) expect(contextsOf(serviceOf(context))).to.include(context);
  });

  it('The services of a shop have no context in the gateway, which is none of those with a database', () => {
    expect(contextsOf('gateway')).to.deep.equal([]);
    expect(BACKEND_NAMES).not.to.include('gateway');
  });

  it('The services of a shop have ports of their own', () => {
    const ports = Object.values(SERVICES).map(({ port }) => port);
    expect(new Set(ports).size).to.equal(ports.length);
  });
});
