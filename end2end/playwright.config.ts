import { defineConfig } from '@playwright/test';

/** Where bin/test wants the JSON report, from which it counts the tests. */
const report = process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'];

/** Whether bin/test was called with --long. */
const isLong = process.env['GIFCHAT_LONG'] === '1';

export default defineConfig<object, { nodes: boolean }>({
  testDir: 'tests',
  outputDir: 'test-results',
  timeout: 60_000,
  expect: { timeout: 10_000 },
  fullyParallel: true,
  workers: Number(process.env['GIFCHAT_WORKERS'] ?? 2),
  // A test that fails once and then passes has found a fault, so nothing is tried twice.
  retries: 0,
  forbidOnly: true,
  reporter: report ? [['list'], ['json', { outputFile: report }]] : [['list']],
  projects: [
    { name: 'sqlite', testIgnore: 'nodes/**' },
    // Two nodes with nginx in front, for the tests that are tagged so, or for all. Each person of a test comes to another node.
    // (What a browser lacks does not depend on nodes. Sockets on nodes are in polls.spec.ts.)
    { name: 'nodes', use: { nodes: true }, testIgnore: 'unbreakable.spec.ts', ...(isLong ? {} : { grep: /@nodes/ }) },
  ],
  use: {
    locale: 'ko-KR',
    timezoneId: 'Asia/Seoul',
    viewport: { width: 1280, height: 800 },
    actionTimeout: 10_000,
    navigationTimeout: 20_000,
    screenshot: 'only-on-failure',
    // Playwright does not see the requests of a worker, so only the tests that are about it have one.
    serviceWorkers: 'block',
    launchOptions: {
      executablePath: process.env['CHROME_PATH'] ?? '/usr/bin/chromium',
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // A camera that shows a picture which the browser draws, for those whose context may use one.
        '--use-fake-device-for-media-stream',
        // A page whose HTML a test has altered on its way counts as one from elsewhere, which may not open sockets to this machine.
        '--disable-features=LocalNetworkAccessChecks',
      ],
    },
  },
});
