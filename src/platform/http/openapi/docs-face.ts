// The face that the documentation page and the page at `/` share: files that the shop serves itself, as text, because a bundle and
// a package then hold them without a step of the build.

/** A door with columns: a portico. Its colours suit a light and a dark background. */
export const LOGO_SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" role="img" aria-label="Portico">
  <path fill="#0f766e" d="M24 4 3 17v4h42v-4z"/>
  <path fill="#14b8a6" d="M7 24h6v14H7zm14 0h6v14h-6zm14 0h6v14h-6z"/>
  <path fill="#0f766e" d="M3 41h42v4H3z"/>
</svg>
`;

export const FACE_CSS = /* css */ `:root {
  color-scheme: light dark;
  --face-background: #ffffff;
  --face-text: #1c2b33;
  --face-quiet: #52656f;
  --face-line: #d5dee2;
  --face-accent: #0f766e;
  --face-on-accent: #ffffff;
  --face-danger: #b42318;
}

@media (prefers-color-scheme: dark) {
  :root {
    --face-background: #14191d;
    --face-text: #e6edf0;
    --face-quiet: #a3b3bb;
    --face-line: #37444c;
    --face-accent: #2dd4bf;
    --face-on-accent: #06221f;
    --face-danger: #ff9a8f;
  }
}

body {
  margin: 0;
  background: var(--face-background);
  color: var(--face-text);
  font-family: system-ui, sans-serif;
  line-height: 1.5;
}

.face-header,
.face-main {
  max-width: 1460px;
  margin: 0 auto;
  padding: 16px 20px;
}

.face-header {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 12px 20px;
  border-bottom: 1px solid var(--face-line);
}

.face-brand {
  display: flex;
  align-items: center;
  gap: 10px;
  margin-right: auto;
  color: var(--face-text);
  font-size: 20px;
  font-weight: 600;
  text-decoration: none;
}

.face-brand img {
  width: 32px;
  height: 32px;
}

.face-main a {
  color: var(--face-accent);
}

.face-main h1 {
  margin: 8px 0;
  font-size: 24px;
}

.face-quiet {
  color: var(--face-quiet);
}

.face-session {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 8px;
  margin: 0;
  font-size: 14px;
}

.face-session[hidden],
.face-session [hidden] {
  display: none;
}

.face-session input {
  min-width: 0;
  width: 190px;
  padding: 7px 9px;
  border: 1px solid var(--face-line);
  border-radius: 6px;
  background: transparent;
  color: inherit;
  font: inherit;
}

.face-session button {
  padding: 7px 14px;
  border: 0;
  border-radius: 6px;
  background: var(--face-accent);
  color: var(--face-on-accent);
  font: inherit;
  font-weight: 600;
  cursor: pointer;
}

.face-session :focus-visible,
.face-brand:focus-visible {
  outline: 2px solid var(--face-accent);
  outline-offset: 2px;
}

.face-problem {
  flex-basis: 100%;
  margin: 0;
  color: var(--face-danger);
}
`;

/** What Swagger UI leaves to be mended: its colours, and what does not fit on a narrow screen. */
export const DOCS_CSS = /* css */ `body > svg {
  position: absolute;
}

.swagger-ui,
.swagger-ui .scheme-container,
.dark-mode .swagger-ui,
.dark-mode .swagger-ui .scheme-container {
  background: var(--face-background);
}

.swagger-ui .scheme-container {
  box-shadow: none;
}

.swagger-ui .btn.execute,
.dark-mode .swagger-ui .btn.execute {
  border-color: var(--face-accent);
  background-color: var(--face-accent);
  color: var(--face-on-accent);
}

.swagger-ui .btn.authorize,
.dark-mode .swagger-ui .btn.authorize {
  border-color: var(--face-accent);
  color: var(--face-accent);
}

.swagger-ui .btn.authorize svg,
.dark-mode .swagger-ui .btn.authorize svg {
  fill: var(--face-accent);
}

.swagger-ui .info {
  margin: 24px 0;
}

@media (max-width: 640px) {
  .swagger-ui .wrapper {
    padding: 0 10px;
  }

  .swagger-ui .opblock .opblock-summary {
    flex-wrap: wrap;
  }

  .swagger-ui .opblock .opblock-summary-control {
    flex-wrap: wrap;
    min-width: 0;
    max-width: calc(100% - 40px);
  }

  .swagger-ui .opblock .opblock-summary-path {
    max-width: 100%;
  }

  .swagger-ui .opblock .opblock-summary-description {
    flex-basis: 100%;
    padding: 4px 10px;
  }

  .swagger-ui .opblock-tag {
    flex-wrap: wrap;
    font-size: 20px;
  }

  .swagger-ui .opblock-tag small {
    flex-basis: 100%;
    padding: 0;
    white-space: normal;
  }

  .swagger-ui .schemes-server-container,
  .swagger-ui .opblock-body,
  .swagger-ui .responses-inner,
  .swagger-ui .table-container,
  .swagger-ui section.models,
  .swagger-ui .model-container {
    overflow-x: auto;
  }

  .swagger-ui table.parameters,
  .swagger-ui table.parameters :is(tbody, tr, td),
  .swagger-ui table.responses-table,
  .swagger-ui table.responses-table > tbody,
  .swagger-ui table.responses-table > tbody > tr,
  .swagger-ui table.responses-table > tbody > tr > td {
    display: block;
    width: auto;
    min-width: 0;
    max-width: 100%;
  }

  .swagger-ui table.parameters thead,
  .swagger-ui table.responses-table > thead,
  .swagger-ui .response-col_links {
    display: none !important;
  }

  .swagger-ui select,
  .swagger-ui .schemes-server-container {
    max-width: 100%;
  }

  .swagger-ui .parameters-col_description input,
  .swagger-ui .parameters-col_description select,
  .swagger-ui .parameters-col_description textarea {
    width: 100%;
    max-width: 100%;
  }

  .swagger-ui .responses-table td {
    padding: 8px 4px;
  }

  .swagger-ui .auth-wrapper {
    justify-content: flex-start;
  }

  .swagger-ui .dialog-ux .modal-ux {
    min-width: 0;
    width: 94%;
  }

  .face-session {
    width: 100%;
  }

  .face-session input {
    flex: 1 1 130px;
    width: auto;
  }
}
`;

/**
 * Logs in from the page, and has Swagger UI send the token of each response that issues one: of the form, and of a log-in or a
 * sign-up that was tried out. Runs in the browser, which is why it is text.
 */
export const DOCS_SCRIPT = /* js */ `'use strict';
(() => {
  const element = (id) => document.getElementById(id);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const paint = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', paint);
  paint();

  /** Names of the schemes that take an access token. */
  const bearers = () => {
    const schemes = window.ui.specSelectors.specJson().getIn(['components', 'securitySchemes']);
    return [...schemes.entries()].filter(([, scheme]) => scheme.get('scheme') === 'bearer').map(([name]) => name);
  };
  const show = () => {
    const authorized = window.ui.authSelectors.authorized();
    const isLoggedIn = bearers().some((name) => authorized.has(name));
    element('log-in').hidden = isLoggedIn;
    element('logged-in').hidden = !isLoggedIn;
  };
  const authorize = (token) => {
    for (const name of bearers()) window.ui.preauthorizeApiKey(name, token);
    window.ui.authActions.persistAuthorizationIfNeeded();
    element('log-in-problem').textContent = '';
  };

  window.portico = {
    /** Uses the token of a response that issues one to its caller. */
    onResponse: (response) => {
      const token = response.ok && response.body && response.body.accessToken;
      if (typeof token === 'string') authorize(token);
      return response;
    },
    /** Follows the dialogue of Swagger UI as well, which can authorize and log out too. */
    onComplete: () => {
      window.ui.getStore().subscribe(show);
      show();
    },
  };

  element('log-in').addEventListener('submit', async (event) => {
    event.preventDefault();
    const [login, password] = [element('login').value, element('password').value];
    try {
      const response = await fetch('./auth/login', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ login, password }),
      });
      const body = await response.json();
      if (response.ok) {
        element('password').value = '';
        authorize(body.accessToken);
      } else element('log-in-problem').textContent = body.detail;
    } catch {
      element('log-in-problem').textContent = 'The shop does not respond.';
    }
  });
  element('log-out').addEventListener('click', () => window.ui.authActions.logoutWithPersistOption(bearers()));
})();
`;
