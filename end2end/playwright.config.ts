import { defineConfig } from '@playwright/test';

/** Where bin/test asks for the figures as JSON too, to count them. */
const report = process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'];

/** bin/test --long */
const everything = process.env['GIFCHAT_LONG'] === '1';

export default defineConfig<object, { nodes: boolean }>({
  testDir: 'tests',
  outputDir: 'test-results',
  timeout: 60_000,
  expect: { timeout: 10_000 },
  fullyParallel: true,
  workers: Number(process.env['GIFCHAT_WORKERS'] ?? 2),
  // A test that passes at the second try has found something: it is not tried twice.
  retries: 0,
  forbidOnly: true,
  reporter: report ? [['list'], ['json', { outputFile: report }]] : [['list']],
  projects: [
    { name: 'sqlite', testIgnore: 'nodes/**' },
    // On two nodes with nginx in front: what is tagged so, or everything. Each person of a test comes to another node.
    { name: 'nodes', use: { nodes: true }, ...(everything ? {} : { grep: /@nodes/ }) },
  ],
  use: {
    locale: 'ko-KR',
    timezoneId: 'Asia/Seoul',
    viewport: { width: 1280, height: 800 },
    actionTimeout: 10_000,
    navigationTimeout: 20_000,
    screenshot: 'only-on-failure',
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
      ],
    },
  },
});
