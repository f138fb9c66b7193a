import { expect } from 'chai';
import { createMetrics } from '#src/platform/http/operators/metrics.js';

describe('Measurements', () => {
  const request = { method: 'GET', route: '/things', status: 200 };
  const COUNT = 'http_request_duration_seconds_count{method="GET",route="/things",status="200"}';

  it('Measurements are rendered once a second, for all requests in it', async () => {
    let now = 5_000;
    const metrics = createMetrics(() => now);
    metrics.observe(request, 0.01);
    const first = await metrics.render();
    expect(first).to.contain(`${COUNT} 1`);
    metrics.observe(request, 0.01);
    now += 999;
    expect(await metrics.render()).to.equal(first);
    now += 1;
    expect(await metrics.render()).to.contain(`${COUNT} 2`);
  });
});
