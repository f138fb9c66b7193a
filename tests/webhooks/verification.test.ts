import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signedHeaders } from '#src/contexts/webhooks/adapters/sending/signature.js';
import { findProgram } from '../support/installed-programs.js';
import { codeBlocks } from '../support/markdown.js';

// What docs/guides/webhooks.md shows in other languages than that of the shop, on messages of the shop.

const GUIDE = 'docs/guides/webhooks.md';
const [SECRET, FORMER, STRANGE] = [1, 2, 3].map(
  (byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`,
) as [string, string, string];

interface Language {
  readonly program: string;
  readonly file: string;
  /** A file that reads secret, headers and body as JSON from standard input, and ends with 0 if they are verified. */
  readonly main: readonly [name: string, code: string];
  readonly args: readonly string[];
}

const LANGUAGES: Readonly<Record<string, Language>> = {
  python: {
    program: 'python3',
    file: 'verify.py',
    main: [
      'main.py',
      `import json, sys
from verify import verify
given = json.load(sys.stdin)
try:
    message = verify(given["secret"], given["headers"], given["body"].encode())
except ValueError as error:
    sys.exit(str(error))
assert message["type"] == "order.placed"
`,
    ],
    args: ['main.py'],
  },
  go: {
    program: 'go',
    file: 'verify.go',
    main: [
      'main.go',
      `package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
)

func main() {
	var given struct {
		Secret  string
		Headers map[string]string
		Body    string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		log.Fatal(err)
	}
	header := http.Header{}
	for name, value := range given.Headers {
		header.Set(name, value)
	}
	if err := Verify(given.Secret, header, []byte(given.Body)); err != nil {
		log.Fatal(err)
	}
}
`,
    ],
    args: ['run', 'verify.go', 'main.go'],
  },
  php: {
    program: 'php',
    file: 'verify.php',
    main: [
      'main.php',
      `<?php
require 'verify.php';
$given = json_decode(file_get_contents('php://stdin'), true);
try {
    $message = verify($given['secret'], $given['headers'], $given['body']);
} catch (RuntimeException $error) {
    exit(1);
}
exit($message['type'] === 'order.placed' ? 0 : 1);
`,
    ],
    args: ['main.php'],
  },
};

describe('The verification of webhooks in other languages', () => {
  for (const [language, { program, file, main, args }] of Object.entries(LANGUAGES))
    it(`The verification of webhooks in ${language} takes what the shop has signed lately, and nothing else`, function () {
      this.timeout(60_000);
      const [block, ...others] = codeBlocks(GUIDE, readFileSync(GUIDE, 'utf8')).filter(
        (each) => each.language === language,
      );
      expect(others).to.deep.equal([]);
      const installed = findProgram(program);
      if (block === undefined) return expect.fail(`the guide shows no ${language}`);
      if (installed === undefined) {
        if (process.env['CI'] === 'true') return expect.fail(`no ${program} found`);
        return this.skip();
      }
      const folder = mkdtempSync(join(tmpdir(), 'portico-verify-'));
      writeFileSync(join(folder, file), block.code);
      writeFileSync(join(folder, main[0]), main[1]);
      const isVerified = (secret: string, headers: object, body: string): boolean => {
        const input = JSON.stringify({ secret, headers, body });
        const { status, error } = spawnSync(installed, args, { cwd: folder, input, encoding: 'utf8' });
        if (error !== undefined) throw error;
        return status === 0;
      };
      const payload = JSON.stringify({ type: 'order.placed', data: { name: 'Jürgen 🫖' } });
      const message = { id: '019b76da-a800-7000-8000-000000000062', payload };
      const now = new Date();
      const headers = signedHeaders(message, [SECRET, FORMER], now);
      expect(isVerified(SECRET, headers, payload)).to.equal(true);
      expect(isVerified(FORMER, headers, payload), 'by the former secret').to.equal(true);
      expect(isVerified(STRANGE, headers, payload), 'by another secret').to.equal(false);
      expect(isVerified(SECRET, headers, `${payload} `), 'another body').to.equal(false);
      expect(isVerified(SECRET, { ...headers, 'webhook-id': 'other' }, payload), 'another id').to.equal(
        false,
      );
      const old = signedHeaders(message, [SECRET], new Date(now.getTime() - 600_000));
      expect(isVerified(SECRET, old, payload), 'an old one').to.equal(false);
      rmSync(folder, { recursive: true });
    });
});
