import type { Step } from '../pipeline/steps.js';

/** Far more than browsers and proxies send. */
const MAX_FIELDS = 100;

/** Returns the number of fields with this name, given in lower case. */
const fieldsNamed = (rawHeaders: readonly string[], name: string): number => {
  let found = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const field = rawHeaders[at] ?? '';
    if (field.length === name.length && field.toLowerCase() === name) found += 1;
  }
  return found;
};

/**
 * Refuses heads that Node accepts and RFC 9110 does not: without exactly one `Host`, or with another expectation than
 * `100-continue`. Node would respond to those itself, without a problem document; `listen` leaves them to the app. It also
 * refuses more fields than any client needs.
 */
export const requestHead: Step = (ctx) => {
  const { httpVersion, headers, rawHeaders } = ctx.req;
  if (rawHeaders.length > 2 * MAX_FIELDS) ctx.throw(431);
  const hosts = fieldsNamed(rawHeaders, 'host');
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1')) ctx.throw(400);
  if (headers.expect === undefined) return;
  const { expect = [] } = ctx.req.headersDistinct; // costs more than all other checks
  if (expect.some((expectation) => expectation.toLowerCase() !== '100-continue')) ctx.throw(417);
};
