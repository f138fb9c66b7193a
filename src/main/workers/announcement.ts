import type { ServiceName } from '../services.js';

/** What the operator learns when a process serves. */
export interface Announcement {
  /** Null for the whole shop. */
  readonly service: ServiceName | null;
  /** URL at which clients reach the shop; of a service that they do not reach, its own. */
  readonly url: string;
  /** How the administrator logs in; null if another service has the accounts. */
  readonly logIn: string | null;
  /** Where the data is stored; null if none is. */
  readonly data: string | null;
  /** URL of the operators' paths, if they have a port of their own. */
  readonly operationsUrl: string | null;
}

export type Line = readonly [label: string, text: string];

/** Returns the start-up message for the operator, with further lines at its end. */
export const announcementText = (
  { service, url, logIn, data, operationsUrl }: Announcement,
  further: readonly Line[] = [],
): string => {
  const isPublic = service === null || service === 'gateway';
  const lines: readonly Line[] = [
    ...(isPublic ? ([['API and docs', `${url}/docs`]] as const) : []),
    ...(logIn === null ? [] : ([['Administrator', logIn]] as const)),
    ...(data === null ? [] : ([['Data', data]] as const)),
    ...(operationsUrl === null ? [] : ([['Operations', operationsUrl]] as const)),
    ...further,
  ];
  return [
    '',
    `  ${isPublic ? 'Portico' : `The ${service} service of Portico`} is open at ${url}`,
    '',
    ...lines.map(([label, text]) => `  ${label.padEnd(15)} ${text}`),
    '',
    '',
  ].join('\n');
};
