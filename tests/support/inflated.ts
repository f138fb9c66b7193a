import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

const BASE64 = /^[A-Za-z0-9+/_-]{16,}={0,2}$/;

/** Returns a cell's text, and with it what the cell holds when it is compressed, as bytes or as base64. */
export const inflated = (text: string, bytes = Buffer.from(text, 'base64')): string => {
  if (bytes.length === 0 || (bytes.toString('latin1') !== text && !BASE64.test(text))) return text;
  const contents = [inflateRawSync, inflateSync, gunzipSync, brotliDecompressSync].flatMap((open) => {
    try {
      return [open(bytes).toString('utf8')];
    } catch {
      return []; // nothing that was compressed in this way
    }
  });
  return [text, ...contents].join(' ');
};
